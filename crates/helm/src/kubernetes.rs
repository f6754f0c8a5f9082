//! Versions of Kubernetes, and the APIs that helm takes for granted.

use crate::function::semver::{Constraints, Version};

/// A version of Kubernetes. Source: helm `capabilities.go` (`KubeVersion`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubernetesVersion {
    /// The whole version: `v1.33.4-gke.1245000`.
    pub version: String,
    /// The version that constraints are held against: `v1.33.4`. Empty for that of a cluster, which is
    /// taken whole.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `33`.
    pub minor: String,
}

impl Default for KubernetesVersion {
    /// The version that helm 4.3.1 takes where it asks no cluster.
    fn default() -> Self {
        let text = |text: &str| text.to_owned();
        let (version, normalized) = (text("v1.37.0"), text("v1.37.0"));
        Self { version, normalized, major: text("1"), minor: text("37") }
    }
}

/// Why a text is no version of Kubernetes, in helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid kube version '{text}': {reason}")]
pub struct InvalidVersion {
    text: String,
    reason: String,
}

impl KubernetesVersion {
    /// Reads a version as `--kube-version` takes it. Source: apimachinery `version.go` (`ParseGeneric`).
    ///
    /// # Errors
    /// It does not begin with two or more numbers with dots between them.
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        let numbers =
            numbers(text).map_err(|reason| InvalidVersion { text: text.to_owned(), reason })?;
        let dotted: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let version = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Ok(Self {
            version,
            normalized: format!("v{}", dotted.join(".")),
            major: numbers[0].to_string(),
            minor: numbers[1].to_string(),
        })
    }

    /// The version that constraints are held against.
    pub fn text(&self) -> &str {
        if self.normalized.is_empty() { &self.version } else { &self.normalized }
    }

    /// Whether it fits a chart's `kubeVersion`; what is no constraint fits nothing. Source: helm
    /// `compatible.go` (`IsCompatibleRange`).
    pub fn fits(&self, constraint: &str) -> bool {
        let version = Version::parse(self.text().as_bytes());
        let constraint = Constraints::parse(constraint.as_bytes());
        matches!((version, constraint), (Ok(version), Ok(constraint)) if constraint.allow(&version))
    }
}

/// The numbers at the beginning, at least two.
fn numbers(text: &str) -> Result<Vec<u64>, String> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0C' | '\r');
    let rest = text.trim_start_matches(blank);
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    let mut end = 0;
    loop {
        let digits = rest[end..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        end += digits;
        let next = &rest.as_bytes()[end..];
        match next {
            [b'.', digit, ..] if digit.is_ascii_digit() => end += 1,
            _ => break,
        }
    }
    // What follows is not looked at, but for line ends, which the pattern of apimachinery refuses.
    if end == 0 || rest[end..].contains('\n') {
        return Err(format!("could not parse {} as version", go_quoted(text)));
    }
    let components: Vec<&str> = rest[..end].split('.').collect();
    if components.len() < 2 {
        return Err(format!("illegal version string {}", go_quoted(text)));
    }
    components.iter().enumerate().map(|(index, component)| number(text, index, component)).collect()
}

fn number(text: &str, index: usize, component: &str) -> Result<u64, String> {
    let (quoted, whole) = (go_quoted(component), go_quoted(text));
    if index == 0 && component.starts_with('0') && component != "0" {
        return Err(format!("illegal zero-prefixed version component {quoted} in {whole}"));
    }
    component.parse().map_err(|_| {
        format!(
            "illegal non-numeric version component {quoted} in {whole}: \
             strconv.ParseUint: parsing {quoted}: value out of range"
        )
    })
}

fn go_quoted(text: &str) -> String {
    trimtab_template::quoted(text.as_bytes())
}

/// The APIs that helm 4.3.1 takes for present where it asks no cluster, in its order.
pub(crate) const KNOWN_APIS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

//! Secrets of repositories: how they are reached, and who may use them.
//!
//! Source: argo-cd `util/db/repository_secrets.go`, `util/git/client.go`.

use crate::names;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use trimtab_crd::{read, secret_text};
use trimtab_model::{NotSupported, Remote, Restraint, Secret, Source, shown_url};
use trimtab_ports::git::{Access, ClientCertificate, Credential};
use url::Url;

/// One Secret that says how repositories are reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Repository {
    /// The Secret, `namespace/name`.
    pub secret: Arc<str>,
    /// The repository's URL, or that of a place which holds many: a host, or a path to its end or to a
    /// `/`.
    pub url: String,
    /// The only project that may use it, if it names one.
    pub project: Option<String>,
    /// Whether what lies below the URL is meant.
    pub is_template: bool,
    /// Accepted, and not acting yet.
    pub not_supported: Vec<NotSupported>,
    place: Place,
    credential: Credential,
    certificate: Option<ClientCertificate>,
}

/// Says where it stands, and nothing of what is in it (P17).
impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("secret", &self.secret)
            .field("url", &shown_url(&self.url))
            .finish_non_exhaustive()
    }
}

/// All that is known of how repositories are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repositories {
    known: Vec<Repository>,
    /// Certificates of private authorities in PEM, by host.
    authorities: BTreeMap<String, Arc<str>>,
}

impl Repositories {
    /// Reads Secrets, in any order, and the `ConfigMap` `argocd-tls-certs-cm` with certificates by
    /// host. Secrets that are none of repositories, or of charts and images, are passed over.
    pub fn new<'a>(
        secrets: impl IntoIterator<Item = &'a Value>,
        certificates: Option<&Value>,
    ) -> Self {
        let mut known: Vec<Repository> = secrets.into_iter().filter_map(repository).collect();
        known.sort_by(|a, b| a.secret.cmp(&b.secret));
        let authorities = certificates.into_iter().flat_map(|map| read::entries(map, "data"));
        let authorities = authorities.map(|(host, pem)| (host.to_owned(), pem.into())).collect();
        Self { known, authorities }
    }

    /// Whether a repository names this project: its applications may use it whatever its rules say.
    pub fn is_of_project(&self, url: &str, project: &str) -> bool {
        let place = Place::of(url);
        self.known.iter().any(|one| {
            !one.is_template && one.project.as_deref() == Some(project) && one.place == place
        })
    }

    /// What is declared otherwise than before, or not at all in one of the two.
    pub fn changed<'a>(&'a self, before: &'a Self) -> Changed<'a> {
        let by_secret = |all: &'a Self| -> BTreeMap<&'a str, &'a Repository> {
            all.known.iter().map(|one| (&*one.secret, one)).collect()
        };
        let (old, new) = (by_secret(before), by_secret(self));
        let not_in = |these: &BTreeMap<&'a str, &'a Repository>,
                      others: &BTreeMap<&'a str, &'a Repository>| {
            let differs =
                |(secret, one): &(&&'a str, &&'a Repository)| others.get(*secret) != Some(*one);
            these.iter().filter(differs).map(|(_, one)| *one).collect::<Vec<_>>()
        };
        Changed([not_in(&old, &new), not_in(&new, &old)].concat())
    }

    /// Whether a remote's credential is one of these Secrets, or it is read without one.
    pub fn opens(&self, remote: &Remote) -> bool {
        let known = |secret: &Arc<str>| self.known.iter().any(|one| one.secret == *secret);
        remote.credential.as_ref().is_none_or(known)
    }

    /// How a remote is reached: by the Secret that its credential names, and the host's certificates.
    pub fn access(&self, remote: &Remote, timeout: Duration) -> Access {
        let secret = remote.credential.as_ref();
        let found = self.known.iter().find(|one| Some(&one.secret) == secret);
        let host = Url::parse(&remote.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        Access {
            credential: found.map_or(Credential::Anonymous, |one| one.credential.clone()),
            authorities: host.and_then(|host| self.authorities.get(&host)).cloned(),
            certificate: found.and_then(|one| one.certificate.clone()),
            timeout,
        }
    }

    /// Gives a source its credential; what of its Secret does not act comes back.
    pub(crate) fn open(&self, source: &mut Source, project: &str) -> Vec<NotSupported> {
        let own = self.find(&source.remote.url, project, false);
        // A repository without a credential of its own takes that of the place that holds it.
        let has_own = own.is_some_and(|own| own.credential != Credential::Anonymous);
        let used = if has_own { own } else { self.find(&source.remote.url, project, true).or(own) };
        source.remote.credential = used.map(|used| used.secret.clone());
        let both = own.into_iter().chain(
            used.filter(|used| Some(used.secret.as_ref()) != own.map(|o| o.secret.as_ref())),
        );
        both.flat_map(|one| one.not_supported.iter().cloned()).collect()
    }

    /// The project's own Secret goes before one without a project; another project's never counts.
    /// Of templates the longest path goes first.
    fn find(&self, url: &str, project: &str, template: bool) -> Option<&Repository> {
        let place = Place::of(url);
        let means = |one: &&Repository| one.is_template == template && one.means(&place, project);
        self.known
            .iter()
            .filter(means)
            .min_by_key(|one| (std::cmp::Reverse(one.place.path.len()), one.project.is_none()))
    }
}

/// Declared repositories that are not what they were.
#[derive(Debug)]
pub struct Changed<'a>(Vec<&'a Repository>);

impl Changed<'_> {
    /// Whether any of them is about a repository that a project's application reads: it may have another
    /// credential now, or be let in.
    pub fn means(&self, url: &str, project: &str) -> bool {
        let place = Place::of(url);
        self.0.iter().any(|one| one.means(&place, project))
    }
}

impl Repository {
    /// Whether an application of a project may read that place with it.
    fn means(&self, place: &Place, project: &str) -> bool {
        let permitted = self.project.as_deref().is_none_or(|own| own == project);
        permitted && if self.is_template { self.place.holds(place) } else { self.place == *place }
    }
}

/// Where a URL points, for all that a credential cares about. The family compares texts; here a
/// credential never goes to a host, port or scheme that its Secret does not name.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    /// Scheme, host and port; the whole text of what is no URL.
    origin: (String, String, Option<u16>),
    /// The segments of the path in small letters, without `.git` at their end.
    path: Vec<String>,
}

impl Place {
    fn of(url: &str) -> Self {
        let lower = url.trim().to_lowercase();
        let text = match lower.split_once(':') {
            // git@host:path
            Some((host, path)) if host.contains('@') && !host.contains('/') => {
                format!("ssh://{host}/{path}")
            }
            _ => lower,
        };
        let Ok(url) = Url::parse(&text) else {
            return Self { origin: (text, String::new(), None), path: Vec::new() };
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        Self {
            origin: (url.scheme().to_owned(), host, url.port_or_known_default()),
            path: path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// Whether another place is this one, or below it.
    fn holds(&self, other: &Self) -> bool {
        self.origin == other.origin && other.path.starts_with(&self.path)
    }
}

/// Reads one Secret; `None` where it is none of a Git repository.
fn repository(secret: &Value) -> Option<Repository> {
    let labels = read::at(secret, "metadata.labels")?;
    let is_template = match labels.get(names::SECRET_TYPE)?.as_str()? {
        "repository" => false,
        "repo-creds" => true,
        _ => return None,
    };
    let text = |key: &str| secret_text(secret, key).filter(|text| !text.is_empty());
    if text("type").is_some_and(|kind| kind != "git") {
        return None;
    }
    let namespace = read::text(secret, "metadata.namespace")?;
    let name: Arc<str> = format!("{namespace}/{}", read::text(secret, "metadata.name")?).into();
    let url = text("url")?;
    Some(Repository {
        place: Place::of(&url),
        url,
        project: text("project"),
        is_template,
        not_supported: not_supported(&name, &text),
        credential: credential(&text),
        certificate: certificate(&text),
        secret: name,
    })
}

fn credential(text: &dyn Fn(&str) -> Option<String>) -> Credential {
    match (text("bearerToken"), text("username"), text("password")) {
        (Some(token), ..) => Credential::Bearer(Secret::new(token.into())),
        (None, None, None) => Credential::Anonymous,
        (None, username, password) => Credential::Basic {
            username: username.unwrap_or_default().into(),
            password: Secret::new(password.unwrap_or_default().into()),
        },
    }
}

fn certificate(text: &dyn Fn(&str) -> Option<String>) -> Option<ClientCertificate> {
    let (chain, key) = (text("tlsClientCertData")?, text("tlsClientCertKey")?);
    Some(ClientCertificate { chain: chain.into(), key: Secret::new(key.into()) })
}

/// Keys that do not act. Without LFS a manifest is a pointer, and what it held would be pruned;
/// through another way than its proxy nobody asked to go. The others only let more succeed.
fn not_supported(secret: &str, text: &dyn Fn(&str) -> Option<String>) -> Vec<NotSupported> {
    let keys = [
        ("enableLfs", Restraint::Restrains),
        ("proxy", Restraint::Restrains),
        ("insecure", Restraint::Adds),
        ("sshPrivateKey", Restraint::Adds),
        ("githubAppPrivateKey", Restraint::Adds),
        ("gcpServiceAccountKey", Restraint::Adds),
        ("useAzureWorkloadIdentity", Restraint::Adds),
        ("azureServicePrincipalClientSecret", Restraint::Adds),
    ];
    let set = |key: &str| text(key).is_some_and(|value| value != "false");
    keys.into_iter()
        .filter(|(key, _)| set(key))
        .map(|(key, restraint)| NotSupported {
            field: format!("Secret {secret}: {key}").into(),
            restraint,
        })
        .collect()
}

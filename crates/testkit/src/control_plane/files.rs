use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::Error;

/// The users that keep the control plane itself going. They are in no count and no audit.
pub const OWN_USERS: [&str; 2] = ["kcm", "nodes"];

/// Records who did what to which object, without bodies, and nothing of the control plane's own
/// parts. A watch is recorded when it starts, too: its end may be hours away.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: [kcm, nodes, 'system:apiserver', 'system:anonymous']
- level: None
  nonResourceURLs: ['/readyz*']
- level: Metadata
";

/// Writes the audit policy.
pub fn write_audit_policy(path: &Path) -> Result<(), Error> {
    write(path, AUDIT_POLICY)
}

/// Writes the static token file for `users` and the control plane's own, and returns the token of
/// each. Who has a token in an older file keeps it, so that a kubeconfig outlives a restart.
pub fn write_tokens(
    path: &Path,
    users: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut tokens = read_tokens(path)?;
    let mut all = users.clone();
    for own in OWN_USERS {
        all.insert(own.into(), vec!["system:masters".into()]);
    }
    tokens.retain(|user, _| all.contains_key(user));
    let mut lines = Vec::new();
    for (user, groups) in all {
        let token = match tokens.get(&user) {
            Some(token) => token.clone(),
            None => random_token()?,
        };
        lines.push(format!("{token},{user},{user},\"{}\"\n", groups.join(",")));
        tokens.insert(user, token);
    }
    write(path, &lines.concat())?;
    Ok(tokens)
}

/// The token of each user in a static token file; none if there is no file.
pub fn read_tokens(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let fields = text.lines().filter_map(|line| line.split_once(',')?.1.split_once(','));
    let users = fields.map(|(user, _)| user.to_owned());
    let tokens = text.lines().filter_map(|line| Some(line.split_once(',')?.0.to_owned()));
    Ok(users.zip(tokens).collect())
}

fn random_token() -> Result<String, Error> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    let mut file = fs::File::open(source).map_err(Error::file(source))?;
    file.read_exact(&mut bytes).map_err(Error::file(source))?;
    Ok(blake3::hash(&bytes).to_hex()[..32].into())
}

/// Writes the kubeconfig of one user. `authority` is PEM.
pub fn write_kubeconfig(
    path: &Path,
    server: &str,
    authority: &[u8],
    (user, token): (&str, &str),
) -> Result<(), Error> {
    let name = "control-plane";
    let authority = BASE64_STANDARD.encode(authority);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{
            "name": name,
            "cluster": {"server": server, "certificate-authority-data": authority},
        }],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
    });
    write(path, &format!("{config:#}\n"))
}

/// The authority in a file where kube-apiserver wrote its own certificate and then who signed it;
/// `None` while the file is not there or not whole.
pub fn authority(certificates: &Path) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----\n";
    let text = fs::read_to_string(certificates).ok()?;
    let is_whole = text.matches(END).count() >= 2 && text.ends_with(END);
    is_whole.then(|| text.as_bytes()[text.rfind(BEGIN).unwrap_or_default()..].to_vec())
}

/// Writes a file of the data folder.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_keeps_the_token_over_restarts_and_others_lose_theirs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.csv");
        let users = |names: &[&str]| -> BTreeMap<String, Vec<String>> {
            names.iter().map(|name| (name.to_string(), vec!["a".into(), "b".into()])).collect()
        };
        let first = write_tokens(&path, &users(&["ann", "bob"])).expect("written");
        let second = write_tokens(&path, &users(&["ann", "eve"])).expect("written");
        assert_eq!(first["ann"], second["ann"]);
        assert_eq!(first["nodes"], second["nodes"]);
        assert_eq!(second.keys().collect::<Vec<_>>(), ["ann", "eve", "kcm", "nodes"]);
        assert_eq!(read_tokens(&path).expect("read"), second);
        let text = fs::read_to_string(&path).expect("read");
        assert!(text.contains(",ann,ann,\"a,b\"\n"), "{text}");
    }
}

//! HTTPS with private authorities and client certificates.

use trimtab_model::Secret;
use trimtab_ports::git::{ClientCertificate, Error};
use trimtab_testkit::authority::Authority;

use crate::repository::Repository;
use crate::server::{Answer, Server};
use crate::world::{World, password, remote, whole};

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given() {
    let (repository, first) = Repository::with_one_commit();
    let authority = Authority::new().unwrap();
    let server = Server::secure(repository.served(), authority.server().unwrap());
    let mut world = World::new();
    world.access.credential = password("me", "sesame");
    let error = world.look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{}", whole(&error));
    assert_eq!(server.requests().len(), 0);
    world.access.authorities = Some(Authority::new().unwrap().pem().into());
    assert!(matches!(world.look(&server.remote()).await, Err(Error::Untrusted { .. })));
    world.access.authorities = Some(authority.pem().into());
    assert_eq!(world.branch(&server.remote(), "main").await.unwrap(), first);
    world.fetch(&server.remote(), &first, None).await.unwrap();
    assert_eq!(world.file(&server.remote(), &first, "a.yaml").await, "a: 1\n");
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let (repository, first) = Repository::with_one_commit();
    let authority = Authority::new().unwrap();
    let server = Server::secure(repository.served(), authority.strict_server().unwrap());
    let mut world = World::new();
    world.access.authorities = Some(authority.pem().into());
    let error = world.look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{}", whole(&error));
    let shown = authority.client().unwrap();
    let key = Secret::new(shown.key.into());
    world.access.certificate = Some(ClientCertificate { chain: shown.certificate.into(), key });
    assert_eq!(world.branch(&server.remote(), "main").await.unwrap(), first);
}

#[tokio::test]
async fn plain_http_may_send_us_to_https_and_not_back() {
    let (repository, first) = Repository::with_one_commit();
    let authority = Authority::new().unwrap();
    let secure = Server::secure(repository.served(), authority.server().unwrap());
    let plain = Server::new(repository.served());
    let mut world = World::new();
    world.access.authorities = Some(authority.pem().into());
    let target = format!("{}/info/refs?service=git-upload-pack", secure.url());
    plain.answers(move |_| Some(Answer::redirect(&target)));
    assert_eq!(world.branch(&plain.remote(), "main").await.unwrap(), first);
    let target = format!("{}/info/refs?service=git-upload-pack", plain.url());
    plain.behaves();
    secure.answers(move |_| Some(Answer::redirect(&target)));
    let error = world.look(&secure.remote()).await.unwrap_err();
    assert!(matches!(error, Error::Redirected { .. }), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let (repository, _) = Repository::with_one_commit();
    let authority = Authority::new().unwrap();
    let server = Server::secure(repository.served(), authority.server().unwrap());
    let mut world = World::new();
    world.access.authorities = Some(authority.pem().into());
    let elsewhere = remote(&server.url().replace("127.0.0.1", "localhost"));
    let error = world.look(&elsewhere).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{}", whole(&error));
}

//! Servers that fail, lie or are slow: each gives its own error, and no secret is told.

use std::time::Duration;

use trimtab_model::{Class, Remote};
use trimtab_ports::git::{Access, Ancestry, Credential, Error};

use crate::repository::Repository;
use crate::server::{Answer, Server, is_for_pack};
use crate::world::{World, password, remote, whole};

const CANARY: &str = "canary-4711";

fn with_secret(server: &Server) -> Remote {
    Remote { url: server.url().into(), credential: Some("team/git-secret".into()) }
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    let cases: [(u16, Class, &str); 8] = [
        (401, Class::User, "refused the credential in Secret team/git-secret (401)"),
        (403, Class::User, "does not let the credential in Secret team/git-secret read it"),
        (404, Class::User, "there is no repository at"),
        (410, Class::User, "there is no repository at"),
        (400, Class::User, "it answered 400"),
        (429, Class::Retry, "answered 429; it is asked again later"),
        (500, Class::Retry, "answered 500"),
        (503, Class::Retry, "answered 503"),
    ];
    for (status, class, text) in cases {
        server.answers(move |_| Some(Answer::status(status)));
        let mut world = World::new();
        world.access.credential = password("me", CANARY);
        let error = world.look(&with_secret(&server)).await.unwrap_err();
        assert_eq!(error.class(), class, "{status}");
        assert!(error.to_string().contains(text), "{status}: {error}");
        assert!(!format!("{error:?} {}", whole(&error)).contains(CANARY));
    }
}

#[tokio::test]
async fn a_server_says_when_to_come_back() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.answers(|_| {
        let headers = vec![("Retry-After".to_owned(), "17".to_owned())];
        Some(Answer { status: 429, headers, ..Answer::default() })
    });
    let error = World::new().look(&server.remote()).await.unwrap_err();
    let Error::ServerFailed { status: 429, retry_after, .. } = error else { panic!("{error}") };
    assert_eq!(retry_after, Some(Duration::from_secs(17)));
}

#[tokio::test]
async fn a_server_says_by_its_own_clock_until_when_it_is_busy() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    for (until, wait) in [
        ("Wed, 21 Oct 2015 07:30:00 GMT", Some(Duration::from_mins(2))),
        ("Wed, 21 Oct 2015 07:27:00 GMT", None),
        ("soon", None),
    ] {
        server.answers(move |_| {
            let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let date = header("Date", "Wed, 21 Oct 2015 07:28:00 GMT");
            let headers = vec![date, header("Retry-After", until)];
            Some(Answer { status: 503, headers, ..Answer::default() })
        });
        let error = World::new().look(&server.remote()).await.unwrap_err();
        let Error::ServerFailed { status: 503, retry_after, .. } = error else { panic!("{error}") };
        assert_eq!(retry_after, wait, "{until}");
    }
}

#[tokio::test]
async fn credentials_are_sent_and_refused_by_name() {
    let (repository, first) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.answers(|request| {
        let ok = ["Basic bWU6c2VzYW1l", "Bearer sesame"];
        let given = request.header("authorization");
        (!given.is_some_and(|given| ok.contains(&given))).then(|| Answer::status(401))
    });
    let bearer = |token: &str| Credential::Bearer(trimtab_model::Secret::new(token.into()));
    for good in [password("me", "sesame"), bearer("sesame")] {
        let mut world = World::new();
        world.access.credential = good;
        let remote = with_secret(&server);
        assert_eq!(world.branch(&remote, "main").await.unwrap(), first);
        world.fetch(&remote, &first, None).await.unwrap();
    }
    for bad in [password("me", CANARY), bearer(CANARY)] {
        let mut world = World::new();
        world.access.credential = bad;
        let error = world.look(&with_secret(&server)).await.unwrap_err();
        assert!(matches!(error, Error::AuthenticationFailed { status: 401, .. }));
        assert!(error.to_string().contains("team/git-secret"), "{error}");
        assert!(!format!("{error:?} {}", whole(&error)).contains(CANARY));
    }
    let error = World::new().look(&server.remote()).await.unwrap_err();
    assert!(error.to_string().contains("asks for a credential"), "{error}");
}

#[tokio::test]
async fn a_changed_credential_counts_at_once() {
    let (repository, first) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.answers(|request| {
        (request.header("authorization") != Some("Basic bWU6bmV3")).then(|| Answer::status(401))
    });
    let (mut world, remote) = (World::new(), with_secret(&server));
    world.access.credential = password("me", "old");
    assert!(world.look(&remote).await.is_err());
    world.access.credential = password("me", "new");
    assert_eq!(world.branch(&remote, "main").await.unwrap(), first);
}

#[tokio::test]
async fn a_credential_does_not_cross_the_network_in_the_clear() {
    let mut world = World::new();
    world.access.credential = password("me", CANARY);
    // This address is for documentation: nobody is asked.
    let error = world.look(&remote("http://192.0.2.1/a.git")).await.unwrap_err();
    assert!(matches!(error, Error::InsecureCredentials { .. }), "{error}");
    assert_eq!(error.class(), Class::User);
}

#[tokio::test]
async fn a_credential_is_not_taken_to_another_host() {
    let (repository, _) = Repository::with_one_commit();
    let (server, other) = (Server::new(repository.served()), Server::new(repository.served()));
    let (port, others_port) = (server.port(), other.port());
    let targets = [
        format!("http://127.0.0.1:{others_port}/bare.git/info/refs?service=git-upload-pack"),
        format!("http://localhost:{port}/bare.git/info/refs?service=git-upload-pack"),
        "https://example.org/login?token=canary-4711".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for target in targets {
        server.answers(move |_| Some(Answer::redirect(&target)));
        let mut world = World::new();
        world.access.credential = password("me", CANARY);
        let error = world.look(&with_secret(&server)).await.unwrap_err();
        assert!(matches!(error, Error::Redirected { .. }), "{error}");
        assert!(!format!("{error:?} {}", whole(&error)).contains(CANARY));
    }
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn redirects_end() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.answers(|request| {
        let path = request.target.split_once("/info/refs")?.0;
        Some(Answer::redirect(&format!("{path}x/info/refs")))
    });
    let error = World::new().look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::NotGit { .. }), "{error}");
    assert!(error.to_string().contains("redirects from one place to the next"), "{error}");
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_server_that_is_away_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/a.git", listener.local_addr().unwrap().port());
    drop(listener);
    let error = World::new().look(&remote(&url)).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(error.class(), Class::Retry);
    assert!(whole(&error).contains("refused"), "{}", whole(&error));
}

#[tokio::test]
async fn a_slow_server_runs_out_of_time() {
    let (repository, first) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    let (wake, sleep) = std::sync::mpsc::channel::<()>();
    let sleep = std::sync::Mutex::new(sleep);
    server.answers(move |_| {
        let _ = sleep.lock().unwrap().recv();
        None
    });
    let mut world = World::new();
    world.access.timeout = Duration::from_millis(100);
    let error = world.look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }) && error.class() == Class::Retry, "{error}");
    let error = world.fetch(&server.remote(), &first, None).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    drop(wake);
    world.access.timeout = Duration::from_secs(30);
    world.fetch(&server.remote(), &first, None).await.unwrap();
}

#[tokio::test]
async fn what_is_no_git_server_says_what_it_is() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.answers(|_| Some(Answer::page("text/html; charset=utf-8", b"<html>")));
    let error = World::new().look(&server.remote()).await.unwrap_err();
    assert!(error.to_string().contains("it answered with text/html"), "{error}");
    let advertisement = "application/x-git-upload-pack-advertisement";
    for body in [&b"<html>"[..], b"", b"0000", b"\xff\xff\xff\xff", &[0; 100]] {
        server.answers(move |_| Some(Answer::page(advertisement, body)));
        let error = World::new().look(&server.remote()).await.unwrap_err();
        assert!(matches!(error, Error::NotGit { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_advertisement_without_end_is_cut_off() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    server.changes(|_, answer| answer.body.resize(3 << 20, b'0'));
    let error = World::new().look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }) && error.class() == Class::User, "{error}");
}

#[tokio::test]
async fn a_list_of_refs_that_is_cut_short_deletes_no_branch() {
    let (repository, first) = Repository::with_one_commit();
    repository.push(&["HEAD:refs/heads/z-last"]);
    let server = Server::new(repository.served());
    server.changes(|request, answer| {
        if request.method == "POST" {
            let end = answer.body.len() - 4;
            answer.body.truncate(end);
        }
    });
    let world = World::new();
    let error = world.look(&server.remote()).await.unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }) && error.class() == Class::Retry, "{error}");
    server.behaves();
    assert_eq!(world.branch(&server.remote(), "z-last").await.unwrap(), first);
}

#[tokio::test]
async fn packs_that_are_broken_in_any_way_leave_the_store_as_it_was() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let second = repository.push_file("a.yaml", "a: 2\n");
    let breaks: [fn(&mut Answer); 7] = [
        |answer| answer.body.truncate(answer.body.len() / 2),
        |answer| answer.cut_after = Some(answer.body.len() / 2),
        |answer| {
            let middle = answer.body.len() / 2;
            answer.body[middle] ^= 0x10;
        },
        |answer| {
            let end = answer.body.len() - 10;
            answer.body[end] ^= 1;
        },
        |answer| answer.body.fill(b'x'),
        |answer| answer.body.clear(),
        |answer| {
            answer.body = b"000dpackfile\n0027\x03fatal: canary-4711 out of memory0000".to_vec();
        },
    ];
    for (number, break_it) in breaks.into_iter().enumerate() {
        server.changes(move |request, answer| {
            if is_for_pack(request) {
                break_it(answer);
            }
        });
        let error = world.fetch(&remote, &second, Some(&first)).await.unwrap_err();
        assert_eq!(error.class(), Class::Retry, "{number}: {error}");
        assert_eq!(world.packs().len(), 1, "{number}");
        assert_eq!(world.file(&remote, &first, "a.yaml").await, "a: 1\n");
    }
    server.behaves();
    let fetched = world.fetch(&remote, &second, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
    assert_eq!(world.file(&remote, &second, "a.yaml").await, "a: 2\n");
}

#[tokio::test]
async fn a_server_that_fails_at_one_way_of_asking_is_asked_in_another() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let second = repository.push_file("a.yaml", "a: 2\n");
    server.answers(|request| {
        crate::server::contains(&request.body, b"deepen-since").then(|| Answer::status(500))
    });
    let fetched = world.fetch(&remote, &second, Some(&first)).await.unwrap();
    assert_eq!(fetched, Ancestry::Descendant);
    let third = repository.push_file("a.yaml", "a: 3\n");
    server.answers(|request| {
        let asks = |word: &[u8]| crate::server::contains(&request.body, word);
        (asks(b"have ") || asks(b"deepen 1000")).then(|| Answer::status(500))
    });
    let fetched = world.fetch(&remote, &third, Some(&second)).await.unwrap();
    assert_eq!(fetched, Ancestry::Unknown);
    assert_eq!(world.file(&remote, &third, "a.yaml").await, "a: 3\n");
}

#[tokio::test]
async fn a_pack_that_is_too_large_is_refused() {
    let mut repository = Repository::new();
    let noise = crate::repository::noise(7, 200_000);
    repository.write("noise.bin", &noise);
    let commit = repository.commit();
    repository.push(&[]);
    let server = Server::new(repository.served());
    let mut world = World::new();
    world.config.pack_bytes_max = 1_000;
    world.restart();
    let error = world.fetch(&server.remote(), &commit, None).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }) && error.class() == Class::User, "{error}");
    let told = error.to_string();
    assert!(told.ends_with("is larger than 1000 bytes"), "{told}");
}

#[tokio::test]
async fn a_pack_that_does_not_fit_into_memory_goes_by_way_of_the_disk() {
    let mut repository = Repository::new();
    let bytes = crate::repository::noise(7, 6 << 20);
    repository.write("noise.bin", &bytes);
    let commit = repository.commit();
    repository.push(&[]);
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &commit, None).await.unwrap();
    let tree = world.tree(&remote, &commit).await.unwrap();
    let entry = tree.entry("noise.bin").unwrap().unwrap();
    assert_eq!(tree.read(&entry.id, 8 << 20).unwrap(), bytes);
    assert!(writes_before_its_end(6 << 20).await);
    assert!(!writes_before_its_end(1 << 20).await, "a small one is held in memory");
}

/// Whether a pack of about so many bytes was written to disk before all of it had come. It never all
/// comes.
async fn writes_before_its_end(bytes: usize) -> bool {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    repository.write("noise.bin", &crate::repository::noise(7, bytes));
    let second = repository.commit();
    repository.push(&[]);
    server.changes(|request, answer| {
        if is_for_pack(request) {
            answer.cut_after = Some(answer.body.len() - 1_000);
        }
    });
    let incoming = world.packs()[0].ancestors().nth(3).unwrap().join("incoming");
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    std::fs::File::open(&incoming).unwrap().set_modified(long_ago).unwrap();
    world.fetch(&remote, &second, Some(&first)).await.unwrap_err();
    incoming.metadata().unwrap().modified().unwrap() != long_ago
}

#[tokio::test]
async fn a_fetch_that_nobody_waits_for_any_longer_leaves_the_store_usable() {
    let (mut repository, first) = Repository::with_one_commit();
    let (world, server) = (World::new(), Server::new(repository.served()));
    let remote = server.remote();
    world.fetch(&remote, &first, None).await.unwrap();
    let mut tip = first;
    for number in 0..10 {
        let commit = repository.push_file("a.yaml", &format!("n: {number}\n"));
        let fetch = world.fetch(&remote, &commit, Some(&tip));
        let _ = tokio::time::timeout(Duration::from_millis(number * 7), fetch).await;
        let fetched = world.fetch(&remote, &commit, Some(&tip)).await.unwrap();
        assert_eq!(fetched, Ancestry::Descendant);
        tip = commit;
    }
    assert_eq!(world.file(&remote, &tip, "a.yaml").await, "n: 9\n");
}

#[tokio::test]
async fn certificates_that_are_none_are_named() {
    let remote = remote("https://192.0.2.1/a.git");
    let broken: [fn(&mut Access); 2] = [
        |access| access.authorities = Some("no certificate".into()),
        |access| {
            access.certificate = Some(trimtab_ports::git::ClientCertificate {
                chain: CANARY.into(),
                key: trimtab_model::Secret::new(CANARY.into()),
            });
        },
    ];
    for break_it in broken {
        let mut world = World::new();
        break_it(&mut world.access);
        let error = world.look(&remote).await.unwrap_err();
        assert!(matches!(error, Error::UnusableAccess { .. }), "{error}");
        assert!(!format!("{error:?} {}", whole(&error)).contains(CANARY));
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_by_name() {
    let mut repository = Repository::new();
    repository.write("noise.bin", &crate::repository::noise(5, 300_000));
    let first = repository.commit();
    repository.push(&[]);
    let server = Server::new(repository.served());
    let mut world = World::new();
    world.config.object_bytes_max = 100_000;
    world.restart();
    let error = world.fetch(&server.remote(), &first, None).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 100_000, .. }), "{error}");
    assert_eq!(error.class(), Class::User);
}

#[tokio::test]
async fn an_address_of_the_link_or_of_a_metadata_service_is_not_asked() {
    for host in ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "2852039166"] {
        let asked = remote(&format!("http://{host}/latest/meta-data"));
        let error = World::new().look(&asked).await.unwrap_err();
        assert!(matches!(error, Error::OffLimits { .. }), "{host}: {}", whole(&error));
        assert_eq!(error.class(), Class::User);
        assert!(error.to_string().contains("--allow-link-local-repositories"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_to_the_metadata_service_is_not_followed() {
    let (repository, _) = Repository::with_one_commit();
    let server = Server::new(repository.served());
    for target in ["http://169.254.169.254/latest/info/refs", "//169.254.169.254/info/refs"] {
        server.answers(move |_| Some(Answer::redirect(target)));
        let error = World::new().look(&server.remote()).await.unwrap_err();
        let Error::Redirected { to, .. } = &error else { panic!("{error}") };
        assert_eq!(to, "http://169.254.169.254");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_packs_are_indexed_at_a_time() {
    let mut repositories: Vec<Repository> = (0..8).map(|_| Repository::new()).collect();
    let mut all = Vec::new();
    for (number, repository) in repositories.iter_mut().enumerate() {
        repository.write("noise.bin", &crate::repository::noise(number as u64, 3_000_000));
        let commit = repository.commit();
        repository.push(&[]);
        all.push((Server::new(repository.served()), commit));
    }
    let world = World::new();
    let remotes: Vec<_> = all.iter().map(|(server, commit)| (server.remote(), commit)).collect();
    let fetches = remotes.iter().map(|(remote, commit)| world.fetch(remote, commit, None));
    for fetched in futures::future::join_all(fetches).await {
        fetched.unwrap();
    }
    let most = world.most_indexings();
    assert!((1..=trimtab_model::limit::GIT_INDEXINGS_MAX).contains(&most), "{most}");
}

use std::sync::Arc; use std::time::*; use trimtab_cluster::*; use trimtab_index::*; use trimtab_model::*; use trimtab_ports::{clock::*,cluster::*,tasks::*}; use futures::{StreamExt,future::BoxFuture}; use serde_json::json;
struct C(Instant); impl Clock for C{ fn now(&self)->Timestamp{Timestamp::now()} fn monotonic(&self)->Monotonic{Monotonic::since_start(self.0.elapsed())} fn sleep_until(&self,m:Monotonic)->BoxFuture<'static,()>{ let e=tokio::time::Instant::from_std(self.0+m.since(Monotonic::since_start(Duration::ZERO))); Box::pin(tokio::time::sleep_until(e)) } }
struct R; impl Randomness for R{ fn bits(&self)->u64{ Timestamp::now().as_nanosecond() as u64 } }
struct T; impl Tasks for T{ fn spawn(&self,_:&'static str,t:BoxFuture<'static,()>){drop(tokio::spawn(t));} fn block(&self,_:&'static str,w:Box<dyn FnOnce()+Send>){drop(tokio::task::spawn_blocking(w));} }
fn cpu()->f64{ let s=std::fs::read_to_string("/proc/self/stat").unwrap(); let f:Vec<&str>=s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap()+f[12].parse::<f64>().unwrap())/100.0 }
fn socks()->usize{ std::fs::read_dir("/proc/self/fd").unwrap().filter(|e| std::fs::read_link(e.as_ref().unwrap().path()).map(|p|p.to_string_lossy().starts_with("socket:")).unwrap_or(false)).count() }
fn rss()->usize{ let s=std::fs::read_to_string("/proc/self/statm").unwrap(); s.split(' ').nth(1).unwrap().parse::<usize>().unwrap()*4/1024 }
#[tokio::main(flavor="current_thread")] async fn main(){
 let rules=Rules{marks:vec![MarkRule{mark:Mark::Annotation{name:"argocd.argoproj.io/tracking-id".into(),unmarked:vec![]},manager:"argocd-controller".into(),predecessors:vec![]}],annotations:vec![],secret_key:SecretKey([0;32])};
 let seams=Seams{clock:Arc::new(C(Instant::now())),randomness:Arc::new(R),tasks:Arc::new(T)};
 let a:Vec<String>=std::env::args().collect();
 let c=Cluster::from_kubeconfig(Some(a[1].as_ref()),None,seams,Options::new(rules)).await.unwrap();
 let n:usize=a[2].parse().unwrap(); let kind=GroupKind::new("apps","Deployment");
 let d=c.discover().await.unwrap(); println!("{} groups, {} sockets", d.groups.len(), socks());
 let mut watch=c.watch(WatchRequest{kind:kind.at("v1"),plural:"deployments".into(),scope:Scope::Namespaced,namespace:None,detail:Detail::Rows});
 let mut ix=Index::default();
 loop { let e=watch.next().await.unwrap(); let end=matches!(e,WatchEvent::Progress(_)); ix.observe(&kind,None,e); if end {break} }
 let (t,c0)=(Instant::now(),cpu());
 let rows:Vec<_>=futures::stream::iter(0..n).map(|i|{ let c=c.clone(); let kind=kind.clone(); async move {
  let name=format!("m{i}"); let body=json!({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":name,"namespace":"default","annotations":{"argocd.argoproj.io/tracking-id":format!("app-{i}:apps/Deployment:default/{name}")},"labels":{"app":name}},"spec":{"replicas":0,"selector":{"matchLabels":{"app":name}},"template":{"metadata":{"labels":{"app":name}},"spec":{"containers":[{"name":"main","image":"x:1","env":[{"name":"A","value":"b"}],"ports":[{"containerPort":80}],"resources":{"requests":{"cpu":"50m"}}}]}}}});
  let t=Target{key:ObjectKey::namespaced(&kind,"default",&name),version:"v1".into()};
  match c.apply(Apply{target:t,body:Arc::new(body),manager:"argocd-controller".into(),mode:Mode::Create,dry_run:false,terms:Terms{lane:format!("app-{}",i/4).into(),not_after:Monotonic::NEVER}}).await { ApplyAnswer::Applied{object,..}=>*object, o=>panic!("{o:?}") } } }).buffer_unordered(16).collect().await;
 println!("{} applies: {:?} wall, {:.0} us CPU each, {} sockets", n, t.elapsed(), (cpu()-c0)*1e6/n as f64, socks());
 let c0=cpu(); let t=Instant::now(); let mut got=0; while got<n { match watch.next().await.unwrap(){ e@WatchEvent::Row(_)=>{ got+=1; ix.observe(&kind,None,e);} e=>{ix.observe(&kind,None,e);} } }
 println!("watch of {n}: {:?} wall, {:.0} us CPU each", t.elapsed(), (cpu()-c0)*1e6/n as f64);
 for r in rows { ix.answered(r); } println!("index {:?}, rss {} MiB", ix.size(), rss());
 let mut w2=c.watch(WatchRequest{kind:kind.at("v1"),plural:"deployments".into(),scope:Scope::Namespaced,namespace:None,detail:Detail::Rows});
 let (t,c0)=(Instant::now(),cpu()); let mut k=0; loop { let e=w2.next().await.unwrap(); if matches!(e,WatchEvent::Row(_)){k+=1} if matches!(e,WatchEvent::Synced){break} } println!("listed {k}: {:?}, {:.0} us CPU each", t.elapsed(), (cpu()-c0)*1e6/k as f64);
 for c in c.requests().counts(){ println!("{:?}",c) }
}

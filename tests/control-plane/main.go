// One program that is etcd, kube-apiserver or kube-controller-manager by its first argument, and
// also everything of package standin. Tests and the workbench start it; no user ever does.
//
// Its flags after the first argument are those of the real thing, because it is the real thing:
// the commands come from k8s.io/kubernetes and go.etcd.io/etcd, unchanged.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"

	"trimtab.dev/control-plane/standin"
)

func main() {
	if len(os.Args) < 2 || standin.Run(os.Args[1], os.Args[2:]) {
		return
	}
	standin.ExitWithStdin()
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	default:
		standin.Fail("control-plane is etcd, kube-apiserver, kube-controller-manager, or one of: " + standin.Names)
	}
}

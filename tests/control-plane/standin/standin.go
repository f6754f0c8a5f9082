// Package standin has what a control plane on loopback needs beside the control plane: a signing
// key, a stand-in for nodes, and a guard that ends a program with the one who started it.
package standin

import (
	"fmt"
	"os"
)

// Protocol is what `standin protocol` prints. The launcher asks for it before it trusts a program
// to have these subcommands; a change of their meaning changes this line.
const Protocol = "trimtab-standin/1"

// Names lists the subcommands, for usage errors.
const Names = "protocol, keygen FILE, guard PROGRAM ARGS…, nodes --kubeconfig FILE"

// Run carries out the subcommand called name and reports whether there is one.
func Run(name string, args []string) bool {
	switch name {
	case "protocol":
		fmt.Println(Protocol)
	case "keygen":
		must(keygen(args))
	case "guard":
		must(guard(args))
	case "nodes":
		ExitWithStdin()
		must(nodes(args))
	default:
		return false
	}
	return true
}

// Fail prints why and ends the program.
func Fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		Fail(err.Error())
	}
}

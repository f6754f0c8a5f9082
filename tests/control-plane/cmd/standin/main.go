// The helpers of package standin alone, for a control plane that somebody else built. It needs
// client-go but not Kubernetes, so it builds in a fraction of the time.
package main

import (
	"os"

	"trimtab.dev/control-plane/standin"
)

func main() {
	if len(os.Args) < 2 || !standin.Run(os.Args[1], os.Args[2:]) {
		standin.Fail("standin is one of: " + standin.Names)
	}
}

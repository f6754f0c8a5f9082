package standin

import "syscall"

// dieWithParent covers a guard that is itself killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

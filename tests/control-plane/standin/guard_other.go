//go:build !linux

package standin

import "syscall"

// dieWithParent can do nothing here; the guard's own watch on standard input remains.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{}
}

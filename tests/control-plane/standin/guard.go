package standin

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// guard runs a program that knows nothing of ExitWithStdin and ends it by the same rules: SIGTERM
// for a byte on standard input, SIGKILL for its end. It exits with the program's code.
func guard(args []string) error {
	if len(args) == 0 {
		return errors.New("guard needs a program")
	}
	// The parent-death signal below belongs to the thread that starts the child; keep it alive.
	runtime.LockOSThread()
	child := exec.Command(args[0], args[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = dieWithParent()
	// Its standard input is empty; should it be a program that watches that, it must not.
	child.Env = slices.DeleteFunc(os.Environ(), func(one string) bool { return strings.HasPrefix(one, stdinEnv+"=") })
	if err := child.Start(); err != nil {
		return err
	}
	go func() {
		for stdinSays() == stop {
			_ = child.Process.Signal(syscall.SIGTERM)
		}
		_ = child.Process.Kill()
	}()
	_ = child.Wait()
	os.Exit(max(child.ProcessState.ExitCode(), 0))
	return nil
}

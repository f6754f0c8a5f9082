package standin

import (
	"os"
	"syscall"
)

// stdinEnv switches the watch on standard input on; without it the program is an ordinary one.
const stdinEnv = "TRIMTAB_EXIT_WITH_STDIN"

// ExitWithStdin ties this process to the one at the other end of its standard input, when the
// environment asks for it. A byte there means: stop in good order. The end of the input means that
// the starter is gone, however it died, and nothing is left to be polite to.
//
// A pipe is used and not Linux' parent-death signal, because that one fires when the starting
// thread ends, and test harnesses start children from threads that end early.
func ExitWithStdin() {
	if os.Getenv(stdinEnv) != "1" {
		return
	}
	go func() {
		if stdinSays() == stop {
			_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
			// Wait on: the end of the input still means exit now.
			for stdinSays() == stop {
			}
		}
		os.Exit(1)
	}()
}

type word int

const (
	gone word = iota
	stop
)

// stdinSays waits for the next word of the starter.
func stdinSays() word {
	var one [1]byte
	if n, err := os.Stdin.Read(one[:]); n == 0 || err != nil {
		return gone
	}
	return stop
}

package linearizability

import (
	"time"

	"github.com/anishathalye/porcupine"
)

// CheckWithin is Check with a timeout of its own.
func CheckWithin(history []porcupine.Operation, d time.Duration) error {
	return check(Model(), history, d)
}

// List is the history as text.
func List(history []porcupine.Operation) string { return list(history) }

// CommandOf is the command that runs a test again.
func CommandOf(name, rest string) string { return commandOf(name, rest) }

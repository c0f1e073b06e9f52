package linearizability

import (
	"time"

	"github.com/anishathalye/porcupine"
)

// CheckWithin is Check with a timeout of its own.
func CheckWithin(history []porcupine.Operation, d time.Duration) error {
	return check(Model(), history, d)
}

package linearizability

import "time"

// CheckWithin is Check with a timeout of its own.
func CheckWithin(h History, d time.Duration) error { return check(h, d) }

// CommandOf is the command that runs a test again.
func CommandOf(name, rest string) string { return commandOf(name, rest) }

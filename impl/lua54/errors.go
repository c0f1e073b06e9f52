//go:build lua54

package lua54

/*
#include "host.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// ErrMemory: Lua ran out of memory. The error that a State returns also wraps the reason:
// impl.ErrLimit or impl.ErrClosed, in an impl.Refusal with the budget that refused and its numbers,
// impl.ErrBackend, or impl.ErrSize. It wraps no reason if the script itself called error with the
// message that Lua has for it.
var ErrMemory = errors.New("lua54: not enough memory")

// maxText is how many bytes of a message, and of a traceback, an Error keeps. It outlives the
// state, and is not charged.
const maxText = 64 << 10

// An Error is an error that a script raised and did not catch, or a syntax error. Of a longer
// message or traceback it has the first 64 KiB, and "..." behind them.
type Error struct {
	Message   string // with the position, as Lua gives it
	Traceback string // one line per function on the stack; empty for a syntax error
}

func (e *Error) Error() string { return e.Message }

// A stopError is the error of a script that was stopped.
type stopError struct {
	where string // file and line of the script at that time
	cause error  // of the context's end
}

func (e *stopError) Error() string { return e.where + ": stopped: " + e.cause.Error() }
func (e *stopError) Unwrap() error { return e.cause }

// result returns the error of a call into the host that has returned status.
func (s *State) result(status C.int) error {
	switch {
	case status == C.LUA_OK:
		return nil
	case status != C.LUA_ERRMEM:
		message, stack := s.messageAndStack()
		return &Error{message, stack}
	case s.failure != nil:
		return fmt.Errorf("%w: %w", ErrMemory, s.failure)
	}
	return ErrMemory
}

// messageAndStack splits what luaL_traceback has joined.
func (s *State) messageAndStack() (message, stack string) {
	if s.host.msg == nil {
		return "error without a message", ""
	}
	text := unsafe.String((*byte)(unsafe.Pointer(s.host.msg)), s.host.msglen) // Lua's, not a copy
	const mark = "\nstack traceback:\n"
	if i := strings.LastIndex(text, mark); i >= 0 {
		text, stack = text[:i], text[i+len(mark):]
	}
	return keep(text), keep(stack)
}

// keep returns a copy of the beginning of what Lua may free.
func keep(text string) string {
	if len(text) > maxText {
		return text[:maxText] + "..."
	}
	return strings.Clone(text)
}

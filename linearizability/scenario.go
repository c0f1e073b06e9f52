//go:build interleave

package linearizability

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"casalloc/model"
)

// A scenario is what the threads call, and nothing of when. Its text is its name:
//
//	START:THREAD:THREAD...     3:2.0:h1.2x/1.L2
//
// START is the limit in force, 0 for Counting, U for Unlimited. A THREAD is a sequence of items, separated by dots. An item is a call,
// or several separated by slashes, of which the explorer tries each; *3 after it repeats it three times. sized n bytes:
//
//	@    (before the first item) the thread calls through an account of its own
//	h4   (first item only) the thread's block has 4 bytes at the start
//	2    resize the block to 2 bytes; 0 frees it. 2x: the backend fails; 2p: it panics; 2e: it succeeds or fails
//	a2   the same by way of the Allocator
//	c4   misuse: from here on the thread believes that its block has 4 bytes
//	+3   Reserve(3); -3: Release(3), misuse if the thread has not reserved as much
//	L3   SetLimit(3)
//	E    EndBoot()
//	S    Stats()
type scenario struct {
	text    string
	limit   int64 // 0: Counting, -1: Unlimited
	threads []program
}

type program struct {
	account bool
	held    int64
	items   [][]call
}

type callKind byte

const (
	callResize   callKind = 0
	callAlloc    callKind = 'a'
	callClaim    callKind = 'c'
	callReserve  callKind = '+'
	callRelease  callKind = '-'
	callSetLimit callKind = 'L'
	callEndBoot  callKind = 'E'
	callStats    callKind = 'S'
)

type call struct {
	kind    callKind
	n       int64
	backend []int64 // what the backend may do
}

// What a backend does, as its coroutine reads it.
const (
	backendOK int64 = iota
	backendFails
	backendPanics
)

// Bounds of the arrays a state is made of.
const (
	maxThreads = 4
	maxChoices = 10 // a choice is one digit of a schedule
)

func parseScenario(text string) (scenario, error) {
	s := scenario{text: text}
	parts := strings.Split(text, ":")
	switch n := len(parts) - 1; {
	case n < 1 || n > maxThreads:
		return s, fmt.Errorf("scenario %q: %d threads, want 1 to %d", text, n, maxThreads)
	case parts[0] == "U":
		s.limit = -1
	default:
		var err error
		if s.limit, err = strconv.ParseInt(parts[0], 10, 64); err != nil || s.limit < 0 {
			return s, fmt.Errorf("scenario %q: start %q", text, parts[0])
		}
	}
	for _, part := range parts[1:] {
		p, err := parseProgram(part)
		if err != nil {
			return s, fmt.Errorf("scenario %q: %w", text, err)
		}
		s.threads = append(s.threads, p)
	}
	return s, nil
}

func parseProgram(text string) (p program, err error) {
	text, p.account = strings.CutPrefix(text, "@")
	for i, item := range strings.Split(text, ".") {
		if h, ok := strings.CutPrefix(item, "h"); ok && i == 0 {
			if p.held, err = strconv.ParseInt(h, 10, 64); err != nil || p.held < 1 {
				return p, fmt.Errorf("held %q", item)
			}
			continue
		}
		item, times, repeated := strings.Cut(item, "*")
		n := 1
		if repeated {
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > 100 {
				return p, fmt.Errorf("repetition %q", times)
			}
		}
		var calls []call
		for _, c := range strings.Split(item, "/") {
			parsed, err := parseCall(c)
			if err != nil {
				return p, err
			}
			calls = append(calls, parsed)
		}
		if len(calls) > maxChoices {
			return p, fmt.Errorf("%d choices, want at most %d", len(calls), maxChoices)
		}
		for range n {
			p.items = append(p.items, calls)
		}
	}
	return p, nil
}

func parseCall(text string) (c call, err error) {
	fail := fmt.Errorf("call %q", text)
	if text == "" {
		return c, fail
	}
	rest := text
	if k := callKind(text[0]); strings.IndexByte("ac+-LES", text[0]) >= 0 {
		c.kind, rest = k, text[1:]
	}
	switch c.kind {
	case callEndBoot, callStats:
		if rest != "" {
			err = fail
		}
		return c, err
	case callResize, callAlloc:
		digits := strings.TrimRight(rest, "xpe")
		switch rest[len(digits):] {
		case "":
			c.backend = []int64{backendOK}
		case "x":
			c.backend = []int64{backendFails}
		case "p":
			c.backend = []int64{backendPanics}
		case "e":
			c.backend = []int64{backendOK, backendFails}
		default:
			return c, fail
		}
		rest = digits
	}
	if c.n, err = strconv.ParseInt(rest, 10, 64); err != nil {
		return c, errors.Join(fail, err)
	}
	if c.kind == callAlloc && c.n == 0 && c.backend[len(c.backend)-1] == backendFails {
		return c, fmt.Errorf("call %q: a Backend's free cannot fail", text)
	}
	return c, nil
}

func (c call) badSize() bool { return c.n < 0 || c.n > model.MaxSize }

// String is the call as schedules show it: named as in TLA+ where it has the call.
func (c call) String() string {
	name := map[callKind]string{callResize: "Resize", callAlloc: "Realloc", callClaim: "Claim", callReserve: "Reserve",
		callRelease: "Release", callSetLimit: "SetLimit", callEndBoot: "EndBoot", callStats: "Stats"}[c.kind]
	if c.kind == callEndBoot || c.kind == callStats {
		return name
	}
	return fmt.Sprintf("%s(%d)", name, c.n)
}

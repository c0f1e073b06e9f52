//go:build interleave

package explore

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// A scenario is what the threads call, and nothing of when. The package comment says how its text
// is read.
type scenario struct {
	text    string
	limit   int64 // 0: Counting, -1: Unlimited
	threads []program

	hasAccounts bool // at the start, or made by a thread
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

	// Of an account.
	callClose      callKind = 'K'
	callDrop       callKind = 'D'
	callNewAccount callKind = 'N'
	callOwnLimit   callKind = 'l'
)

type call struct {
	kind    callKind
	n       int64
	backend fates
}

// A fate is what a backend does with a call.
type fate int8

const (
	works fate = iota
	fails
	panics
)

// fates are what a backend may do: none, for a call that has no backend, one, or either.
type fates string

const (
	ok        fates = "ok"
	failing   fates = "x"
	panicking fates = "p"
	either    fates = "e" // works or fails
)

func (f fates) choices() int {
	if f == either {
		return 2
	}
	return 1
}

// fate is the one of this number.
func (f fates) fate(choice int) fate {
	switch f {
	case failing:
		return fails
	case panicking:
		return panics
	}
	return fate(choice)
}

func parseScenario(text string) (scenario, error) {
	s := scenario{text: text}
	parts := strings.Split(text, ":")
	switch n := len(parts) - 1; {
	case n < 1 || n > engine.MaxThreads:
		return s, fmt.Errorf("scenario %q: %d threads, want 1 to %d", text, n, engine.MaxThreads)
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
	n := s.spare(len(s.threads), 0)
	if n > impl.MaxStocks {
		return s, fmt.Errorf("scenario %q: %d accounts, want at most %d", text, n, impl.MaxStocks)
	}
	s.hasAccounts = n > 0
	return s, nil
}

// owners is how many of the threads before thread t have accounts at the start: those get the first
// stocks, in the order of the threads.
func (s scenario) owners(t int) (n int) {
	for _, p := range s.threads[:t] {
		if p.account {
			n++
		}
	}
	return n
}

// spare is the number of the stock for the account that an item of thread t makes: each item that
// may make one has a stock of its own.
func (s scenario) spare(t, item int) int {
	n := s.owners(len(s.threads))
	for _, p := range s.threads[:t] {
		n += p.spares(len(p.items))
	}
	if item > 0 {
		n += s.threads[t].spares(item)
	}
	return n
}

// spares is how many accounts the first items of the program may make.
func (p program) spares(items int) (n int) {
	for _, item := range p.items[:items] {
		if slices.ContainsFunc(item, func(c call) bool { return c.kind == callNewAccount }) {
			n++
		}
	}
	return n
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
		calls, times, err := parseItem(item)
		if err == nil {
			err = p.hasAccount(calls)
		}
		if err != nil {
			return p, err
		}
		for range times {
			p.items = append(p.items, calls)
		}
	}
	return p, nil
}

// parseItem reads the calls of an item, and how often it comes.
func parseItem(text string) (calls []call, times int, err error) {
	text, repeated, ok := strings.Cut(text, "*")
	times = 1
	if ok {
		if times, err = strconv.Atoi(repeated); err != nil || times < 1 || times > 100 {
			return nil, 0, fmt.Errorf("repetition %q", repeated)
		}
	}
	for c := range strings.SplitSeq(text, "/") {
		parsed, err := parseCall(c)
		if err != nil {
			return nil, 0, err
		}
		calls = append(calls, parsed)
	}
	if len(calls) > engine.MaxChoices {
		return nil, 0, fmt.Errorf("%d choices, want at most %d", len(calls), engine.MaxChoices)
	}
	return calls, times, nil
}

// hasAccount returns an error if the calls need an account, and the program so far makes none.
func (p program) hasAccount(calls []call) error {
	if p.account || p.spares(len(p.items)) > 0 {
		return nil
	}
	for _, c := range calls {
		switch c.kind {
		case callClose, callDrop, callOwnLimit:
			return fmt.Errorf("call %v: the thread has no account", c)
		}
	}
	return nil
}

func parseCall(text string) (c call, err error) {
	fail := fmt.Errorf("call %q", text)
	if text == "" {
		return c, fail
	}
	rest := text
	if k := callKind(text[0]); strings.IndexByte("ac+-LESKDNl", text[0]) >= 0 {
		c.kind, rest = k, text[1:]
	}
	switch c.kind {
	case callEndBoot, callStats, callClose, callDrop, callNewAccount:
		if rest != "" {
			err = fail
		}
		return c, err
	case callResize, callAlloc:
		digits := strings.TrimRight(rest, "xpe")
		switch f := fates(rest[len(digits):]); f {
		case "":
			c.backend = ok
		case failing, panicking, either:
			c.backend = f
		default:
			return c, fail
		}
		rest = digits
	}
	if c.n, err = strconv.ParseInt(rest, 10, 64); err != nil {
		return c, errors.Join(fail, err)
	}
	if c.kind == callAlloc && c.n == 0 && (c.backend == failing || c.backend == either) {
		return c, fmt.Errorf("call %q: a Backend's free cannot fail", text)
	}
	return c, nil
}

func (c call) badSize() bool { return c.n < 0 || c.n > model.MaxSize }

// String is the call as schedules show it: named as in TLA+ where it has the call.
func (c call) String() string {
	name := map[callKind]string{callResize: "Resize", callAlloc: "Realloc", callClaim: "Claim", callReserve: "Reserve",
		callRelease: "Release", callSetLimit: "SetLimit", callEndBoot: "EndBoot", callStats: "Stats",
		callClose: "Close", callDrop: "Drop", callNewAccount: "NewAccount", callOwnLimit: "SetAccountLimit"}[c.kind]
	switch c.kind {
	case callEndBoot, callStats, callClose, callDrop, callNewAccount:
		return name
	}
	return fmt.Sprintf("%s(%d)", name, c.n)
}

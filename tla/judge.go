package tla

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Report is what one run of an engine said.
type Report struct {
	Engine  string // its version, as it names itself
	Verdict Verdict
	Counts  Counts
	Trace   []State // the counterexample
	// Back is the number of the state that follows the last, if the counterexample goes on for
	// ever.
	Back int `json:",omitempty"`
	// Fired is how many states each action generated, Module!Action, of a run with coverage.
	Fired map[string]int64 `json:",omitempty"`

	queue    int64 // states found and not yet expanded
	counted  bool  // the final counts were printed
	finished bool
	printed  []string // the tuples that PrintT wrote
	problems []string // errors and warnings that are no verdict
}

// Codes of the messages of TLC -tool, the same in 1.7.4 and today (tlc2.output.EC).
const (
	msgVersion          = 2262
	msgSuccess          = 2193
	msgCounts           = 2199
	msgFinished         = 2186
	msgState            = 2217
	msgStuttering       = 2218
	msgBack             = 2122
	msgCoverage         = 2201
	msgCoverageNext     = 2772
	msgCoverageInit     = 2773
	msgInvariantInitial = 2107
	msgPropertyInitial  = 2108
	msgInvariant        = 2110
	msgAction           = 2112
	msgDeadlock         = 2114
	msgTemporal         = 2116
	msgBehavior         = 2121
	msgCounterexample   = 2264
	msgOneSymmetric     = 2300
)

// Exit codes of TLC (tlc2.output.EC.ExitStatus). A property is one of safety or of liveness.
var exitCodes = map[string]int{"pass": 0, "deadlock": 11, "invariant": 12, "property": 13}

var (
	startMsg = regexp.MustCompile(`^@!@!@STARTMSG (\d+):(\d+) @!@!@$`)
	violated = regexp.MustCompile(`^(?:Invariant|Action property|Property|Temporal property) (.*?) (?:is|was) violated`)
	place    = regexp.MustCompile(`^line \d+, col \d+ to line \d+, col \d+ of module \w+$`)
)

// A message is one of TLC -tool.
type message struct {
	code    int
	problem bool // an error or a warning
	text    string
}

// messages are those of a log; the last may be cut off.
func messages(log string) []message {
	var all []message
	open := false
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := startMsg.FindStringSubmatch(line); m != nil {
			code, _ := strconv.Atoi(m[1])
			// Class 1 and 2 are errors, 3 is a warning.
			all, open = append(all, message{code: code, problem: strings.Contains("123", m[2])}), true
		} else if strings.HasPrefix(line, "@!@!@ENDMSG ") {
			open = false
		} else if open {
			last := &all[len(all)-1]
			last.text = strings.TrimPrefix(last.text+"\n"+line, "\n")
		}
	}
	return all
}

// ReadLog reads the log of TLC -tool, of 1.7.4 or of today.
func ReadLog(log string) Report {
	var r Report
	var verdicts []Verdict
	for _, m := range messages(log) {
		if v, ok := verdictOf[m.code]; ok {
			if name := violated.FindStringSubmatch(m.text); name != nil && !place.MatchString(name[1]) {
				v.Name = name[1]
			}
			verdicts = append(verdicts, v)
		} else if m.problem && m.code != msgBehavior && m.code != msgCounterexample && m.code != msgOneSymmetric {
			r.problems = append(r.problems, fmt.Sprintf("message %d\n%s", m.code, m.text))
		}
		r.add(m)
	}
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "<<") {
			r.printed = append(r.printed, strings.TrimRight(line, "\r\n"))
		}
	}
	if len(verdicts) == 1 {
		r.Verdict = verdicts[0]
	} else {
		r.problems = append(r.problems, fmt.Sprintf("%d verdicts, want one: %v", len(verdicts), verdicts))
	}
	return r
}

// add adds what a message says beside the verdict.
func (r *Report) add(m message) {
	switch m.code {
	case msgVersion:
		r.Engine = m.text
	case msgCounts:
		n, _ := fmt.Sscanf(m.text, "%d states generated, %d distinct states found, %d states left on queue.",
			&r.Counts.Generated, &r.Counts.Distinct, &r.queue)
		r.counted = n == 3
	case msgFinished:
		r.finished = true
	case msgState:
		r.Trace = append(r.Trace, parseState(m.text))
	case msgBack:
		fmt.Sscan(m.text, &r.Back)
	case msgStuttering:
		r.Back = len(r.Trace)
	case msgCoverage:
		r.Fired = make(map[string]int64) // TLC says it once a minute, and at the end
	case msgCoverageNext, msgCoverageInit:
		if r.Fired == nil || !readAction(r.Fired, m.text) {
			r.problems = append(r.problems, "coverage of no action: "+m.text)
		}
	}
}

var verdictOf = map[int]Verdict{
	msgSuccess:          {Kind: "pass"},
	msgInvariant:        {Kind: "invariant"},
	msgInvariantInitial: {Kind: "invariant"},
	msgAction:           {Kind: "property"},
	msgTemporal:         {Kind: "property"},
	msgPropertyInitial:  {Kind: "property"},
	msgDeadlock:         {Kind: "deadlock"},
}

// JudgeTLC returns an error unless TLC reports of c what its row says. exit is below zero when TLC
// was killed, which happens when it does not finish in time.
func JudgeTLC(c Case, exit int, log string) (Report, error) {
	r, err := checkComplete(c, exit, log)
	if !r.counted {
		err = errors.Join(err, errors.New("no final counts"))
	}
	return r, errors.Join(err, r.compare(c))
}

// judgeClaim returns what judges whether TLC refuted the claim of a case, or one of the others that
// it was given with it, or found that all are kept. Anything else is an error.
func judgeClaim(others ...string) func(c Case, exit int, log string) (Report, error) {
	return func(c Case, exit int, log string) (Report, error) {
		r, err := checkComplete(c, exit, log)
		switch {
		case err != nil:
		case r.Verdict.passes():
			if !r.counted {
				err = errors.New("no final counts")
			}
		case r.Verdict != c.Expect && (r.Verdict.Kind != c.Expect.Kind || !slices.Contains(others, r.Verdict.Name)):
			err = fmt.Errorf("verdict %q", r.Verdict)
		}
		return r, err
	}
}

// checkComplete returns an error unless the run is complete and consistent, so that it proves its
// verdict. JudgeTLC also compares it with the row.
func checkComplete(c Case, exit int, log string) (Report, error) {
	r := ReadLog(log)
	var errs []error
	failf := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, p := range r.problems {
		failf("%s", p)
	}
	if !r.finished || exit < 0 {
		failf("TLC did not finish (exit code %d)", exit)
	}
	if want := exitCodes[r.Verdict.Kind]; exit != want {
		failf("exit code %d, want %d", exit, want)
	}
	if r.Verdict.passes() && r.queue != 0 {
		failf("%d states left on queue, want 0", r.queue)
	}
	if r.Verdict.Kind == "property" && r.Verdict.Name == "" {
		// 1.7.4 names no temporal property, and no release names a conjunct of an INSTANCE. TLC
		// means the one claim of the configuration, see checkCfg.
		r.Verdict.Name = c.Expect.Name
	}
	return r, errors.Join(errs...)
}

// compare returns an error that lists where the report differs from the row.
func (r Report) compare(c Case) error {
	var errs []error
	if r.Verdict != c.Expect {
		errs = append(errs, fmt.Errorf("verdict %q, want %q", r.Verdict, c.Expect))
	}
	if r.Counts != c.Counts {
		errs = append(errs, fmt.Errorf("%d distinct of %d generated states, want %d of %d",
			r.Counts.Distinct, r.Counts.Generated, c.Counts.Distinct, c.Counts.Generated))
	}
	if len(r.Trace) != c.Length {
		errs = append(errs, fmt.Errorf("counterexample of %d states, want %d", len(r.Trace), c.Length))
	}
	return errors.Join(errs...)
}

package engine

import (
	"strings"
	"testing"
)

// A register holds a letter. The operation w stores its letters, a step each, and returns nothing.
// Of o it stores one of them, in one step. r returns what is stored.
func register(s byte, in string, p Progress[string]) (next []Advance[byte, string]) {
	letters := in[1:]
	switch in[0] {
	case 'r':
		return []Advance[byte, string]{{s, Progress[string]{Done, string(s)}}}
	case 'o':
		for i := range letters {
			next = append(next, Advance[byte, string]{letters[i], Progress[string]{Phase: Done}})
		}
		return next
	}
	after := p.Phase + 1
	if after == len(letters) {
		after = Done
	}
	return []Advance[byte, string]{{letters[p.Phase], Progress[string]{Phase: after}}}
}

// Histories as text: "0w1" is a call by thread 0, "0=" its return with no output, "1=x" one with
// output x.
func TestMonitor(t *testing.T) {
	for _, tt := range []struct {
		history   string
		explained bool
	}{
		{"", true},
		{"0r 0=-", true},
		{"0r 0=x", false},
		{"0wx 0= 1r 1=x", true},
		{"0wx 0= 1r 1=-", false}, // the write returned before
		{"0wx 1r 1=- 0=", true},  // they overlap
		{"0wx 1r 1=x 0=", true},
		{"0wx 1r 1=x 1r 1=x 0=", true},
		{"0wx 1r 1=x 1r 1=- 0=", false}, // what was read is not taken back
		{"0wx 1wy 2r 2=x 2r 2=y 0= 1= 2r 2=y", true},
		{"0wx 1wy 2r 2=x 2r 2=y 0= 1= 2r 2=x", false},
		{"0wx 1r 2r 2=x 1=-", true}, // 1 read before the write, 2 after it
		{"0wx 1r 1=x", true},        // an operation that never returns may have had its instant
		{"0wx 1r 2wy 2= 1=- 0=", true},
		{"2wy 2= 0wx 1r 1=- 0=", false},
		{"0wxy 1r 1=x 1r 1=y 0=", true}, // between its steps
		{"0wxy 1r 1=y 1r 1=x 0=", false},
		{"0wxy 0= 1r 1=x", false}, // it returned after both
		{"0wxy 1wz 1= 0= 1r 1=z", true},
		{"0oxy 0= 1r 1=y", true},
		{"0oxy 0= 1r 1=y 1r 1=x", false}, // it was one of them
	} {
		m := NewMonitor(byte('-'), register)
		at := int32(0)
		for e := range strings.FieldsSeq(tt.history) {
			thread := int(e[0] - '0')
			if out, ok := strings.CutPrefix(e[1:], "="); ok {
				at = m.Return(at, thread, out)
			} else {
				at = m.Call(at, thread, e[1:])
			}
		}
		if got := m.Explained(at); got != tt.explained {
			t.Errorf("%q: explained = %v, want %v", tt.history, got, tt.explained)
		}
	}
}

// Two histories with the same future are at the same point, whatever their length.
func TestMonitorPoints(t *testing.T) {
	m := NewMonitor(byte('-'), register)
	read := func(at int32) int32 { return m.Return(m.Call(at, 0, "r"), 0, "-") }
	if at := read(read(0)); at != 0 {
		t.Errorf("two reads lead to point %d, want 0", at)
	}
	if m.Points() != 2 {
		t.Errorf("%d points, want 2: before the read and within it", m.Points())
	}
}

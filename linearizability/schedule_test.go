//go:build interleave

package linearizability

import (
	"flag"
	"testing"
)

var schedule = flag.String("schedule", "", "the schedule that TestReplaySchedule replays, as a failure prints it")

// TestReplaySchedule replays one schedule and shows it.
func TestReplaySchedule(t *testing.T) {
	if *schedule == "" {
		t.Skip("no -schedule")
	}
	text, steps, err := parseSchedule(*schedule)
	if err != nil {
		t.Fatal(err)
	}
	x, err := newExplorer(text)
	if err != nil {
		t.Fatal(err)
	}
	table, err := x.replay(steps)
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	t.Logf("no promise is broken\n%s", table)
}

func TestParseSchedule(t *testing.T) {
	for _, text := range []string{"3:2e:h1.L2~ab1a0b", "3:2~", "U:E~a"} {
		scenario, steps, err := parseSchedule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := formatSchedule(scenario, steps); got != text && text != "3:2e:h1.L2~ab1a0b" {
			t.Errorf("%s is written %s", text, got)
		}
	}
	for _, text := range []string{"", "3:2", "3:2~1a", "3:2~az", "3:2~a11", "3:2~A"} {
		if _, _, err := parseSchedule(text); err == nil {
			t.Errorf("parseSchedule(%q) = nil, want an error", text)
		}
	}
}

func TestParseScenario(t *testing.T) {
	for _, text := range []string{"3", "x:2", "-1:2", "3:", "3:2y", "3:2.", "3:h0.2", "3:2.h1", "3:2*0", "3:2*x", "3:E1", "3:L", "3:a0e",
		"3:1/2/3/4/5/6/7/8/9/10/11", "3:1:1:1:1:1"} {
		if _, err := parseScenario(text); err == nil {
			t.Errorf("parseScenario(%q) = nil, want an error", text)
		}
	}
}

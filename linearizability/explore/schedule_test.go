//go:build interleave

package explore

import (
	"flag"
	"testing"

	"casalloc/linearizability/explore/engine"
)

var (
	ownScenario = flag.String("scenario", "", "what TestScenario explores, as the package comment writes it")
	schedule    = flag.String("schedule", "", "the schedule that TestReplaySchedule replays, as a failure prints it")
)

// TestScenario explores one scenario, under every schedule.
func TestScenario(t *testing.T) {
	if *ownScenario == "" {
		t.Skip("no -scenario")
	}
	exploreAll(t, *ownScenario)
}

// TestReplaySchedule replays one schedule and shows it.
func TestReplaySchedule(t *testing.T) {
	if *schedule == "" {
		t.Skip("no -schedule")
	}
	text, steps, err := ParseSchedule(*schedule)
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(text)
	if err != nil {
		t.Fatal(err)
	}
	table, err := x.Replay(steps)
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	t.Logf("no promise is broken\n%s", table)
}

func TestParseSchedule(t *testing.T) {
	for _, text := range []string{"3:2e:h1.L2~ab1ab", "3:2~", "U:E~a", "9(4(-)):@X4.K.YV:S~a"} {
		scenario, steps, err := ParseSchedule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := scenario + "~" + engine.FormatSchedule(steps); got != text {
			t.Errorf("%s is written %s", text, got)
		}
	}
	for _, text := range []string{"", "3:2", "3:2~1a", "3:2~az", "3:2~a11", "3:2~A"} {
		if _, _, err := ParseSchedule(text); err == nil {
			t.Errorf("ParseSchedule(%q) = nil, want an error", text)
		}
	}
}

func TestParseScenario(t *testing.T) {
	for _, text := range []string{"3", "x:2", "-1:2", "3:", "3:2y", "3:2.", "3:h0.2", "3:2.h1", "3:2*0", "3:2*x", "3:E1",
		"3:L", "3:a0e", "3:1/2/3/4/5/6/7/8/9/10/11", "3:1:1:1:1:1", "9:X1", "9(-:1", "9(-):@Y1", "9(-,-,-,-,-):1",
		"9:B", "9(-):XN", "9(?-):X1", "9(?-):XN/1", "9(?-):XN.XN", "9(?-):XN:X1", "9(?-(?-)):YN"} {
		if _, err := parseScenario(text); err == nil {
			t.Errorf("parseScenario(%q) = nil, want an error", text)
		}
	}
	for _, text := range []string{"9(4(-),?-):@Y1.XL2.MX1:ZN.Z1", "9(?-(?-)):XN.YN.MY1", "U(-):L-/K/V/S/=/E"} {
		if _, err := parseScenario(text); err != nil {
			t.Error(err)
		}
	}
}

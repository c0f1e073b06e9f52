//go:build interleave

package explore

import "testing"

// TestExploreFirst explores scenarios of a few calls, before the large ones: what is wrong with one
// operation shows here, in a moment and in a schedule of a few steps. A call that never ends does
// too, where a large scenario has too many ways not to end.
func TestExploreFirst(t *testing.T) {
	for _, text := range []string{
		"3:2:2",          // one fits
		"3:3/4.0:1",      // at the limit and above
		"3:2x/2p:1",      // rollback
		"3:h2.0:2",       // the bytes of a free
		"3:h2.1x.1:2",    // of a shrink, that first fails
		"3:2.0:L2",       // the limit falls under a growth
		"2:h2.1.2:L1.L3", // and under a shrink
		"4:h4.2.0:L1",    // which stays above the limit
		"3:L1:L2",        // two setters
		"3:S:L2",
		"3:S:2.L1",     // a reading of two instants
		"4:-2:h2.1.L3", // an over-release, and the word as it was before
		"3:1.0:2.0",    // two peaks
		"-:2.0:E",
		"-:+140737488355328.+140737488355328:1", // counting refuses the second of these
		"-:2x:E",
		"U:1.0:L2",
		"3:a2.a0:a2x.a0",
		"3:+140737488355329.+562949953421313:1", // sizes that wrap
		"3:L-.4:L0.L2",                          // no limit, and one that refuses all
		"3:1.K.1:1.0",
		"3:1.V.1:1.0",
		"U:V.1:K.1",

		// A child: slack that a growth of another needs, that a limit must not forget, that is taken,
		// given back, and read.
		"200(-):@X1:199",
		"200(-):@X1.0:+190",
		"200(-):@X1.20.0:L2",
		"200(-):@X1.2x.0:L3.L200",
		"200(-):@X1:@X1",
		"200(-):@X1.0.1:190", // stocked again while another is refused
		"200(-):@X1.190:=",   // drained by a reader
		"-(-):@X1.0:E",
		"200(-):@X1.0:S.XS",
		"200(-,-):@X1.0:@Y1.150",
		"200(5):@X1.0:@X5.6",
		"200(-(-)):@Y1.0:@X199",
		"200(150(-)):@Y1.0:@X1.150",
		"200(-(-,-)):@Y1:@Z1.198",

		// Children that are closed, left, made, moved between and limited, and misuse.
		"200(-):@X1.K:199",
		"200(-):@X1.K.0:@X1",
		"200(9):@X1.K.0:@X1",
		"200(-):@X1.V.0:@X1",
		"200(9(-)):@Y1.XV.0:@Y1",
		"200(?-):XN.X1:1.0",
		"200(-):@X60.61.0:+150", // above the cap
		"200(9):@X1.L0.1.L-:@X9",
		"200(9):@X+1.-2.-1:XS",
		"200(9):@X+1.-2.-1:@X1",
		"200(-,9):@X+3.MY2.-1.Y-2:@Y9",
		"200(-(-)):@Y+3.MO2.-1.O-2:+190",
		"200(-(-)):+3.MY2.-1.Y-2:+190",
		"200(-):+2.-3.-2:@X1",
		"200(-(-)):@X+2.-3.-2:@Y1",
		"U(5):XV.XL3.X1:E",
	} {
		t.Run(text, func(t *testing.T) { exploreAll(t, text) })
	}
}

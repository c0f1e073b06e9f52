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
		"0:2.0:E",
		"0:+4503599627370496.+4503599627370496:1", // counting refuses none of these
		"0:2x:E",
		"U:1.0:L2",
		"3:a2.a0:a2x.a0",
		"3:+4503599627370497.+36028797018963967:1", // sizes that wrap

		// Accounts: slack that a growth of another needs, that a limit must not forget, that is
		// taken, given back, and read.
		"200:@1:199",
		"200:@1.0:+190",
		"200:@1.20.0:L2",
		"200:@1.2x.0:L3.L200",
		"200:@1.110.0:80",
		"200:@1.0:@1.150",
		"200:@1.0.1:+190",    // stocked again while another is refused
		"200:@1.190:S",       // drained by a reader
		"200:@1.110.0.20:80", // drained while it gives back
		"0:@1.2.0:E",
		"200:@1.0:S",

		// Accounts that are closed, dropped, made, and limited, and misuse through them.
		"200:@1.K:199",
		"200:@1.K.2.K:L3",
		"200:@1.D.0:199",
		"200:@1.0.D:@1",
		"200:@201.D:S",
		"200:@1.0.K:199",
		"200:@l4.1.l2.3:199",
		"200:@1.111.1.-10:199",    // just above what it holds
		"20000:@1.4990.5020.0:L3", // stocked again with slack left
		"200:N.1.0:N.1",
		"200:@1.N.1:199",
		"200:@l2.1.2.3.l3.3:199",
		"200:@l1.3.1:L2",
		"200:@1.c3.0:199",
		"200:@+2.-3.-2:199",
		"200:@a2x.a2.a0:199",
		"0:@l1.2.1.K.1:E",
	} {
		exploreAll(t, text)
	}
}

package linearizability_test

import (
	"errors"
	"testing"

	lin "casalloc/linearizability"
)

// Histories judged by hand. Beside each legal one stands an illegal twin, which differs in one
// outcome or in one instant. Most illegal ones are what a tempting wrong version does (see
// mutants).
var known = []struct {
	name           string
	tree           string
	legal, illegal string
}{{
	"NeverOverLimit: two growths of 2 under a limit of 3",
	"-",
	`C0: |-- setlimit(3) ok --| |-- reserve(2) ok ---|
	 C1:                            |-- reserve(2) over limit --|`,
	`C0: |-- setlimit(3) ok --| |-- reserve(2) ok ---|
	 C1:                            |-- reserve(2) ok --|`,
}, {
	"NeverOverLimit: one byte more than fits",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- reserve(1) ok --|`,
}, {
	"LiveWithinCharge: what a shrink gives up is to be had when it is gone, and not before",
	"-",
	`C0: |-- setlimit(4) ok --| |-- reserve(4) ok --| |-- release(2) ok --------|
	 C1:                                               |-- reserve(2) ok --|`,
	`C0: |-- setlimit(4) ok --| |-- reserve(4) ok --|                       |-- release(2) ok --|
	 C1:                                               |-- reserve(2) ok --|`,
}, {
	"NoFalseRefusal: what was released in time is to be had",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- release(2) ok --|
	 C1:                                                |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- release(2) ok --|
	 C1:                                                                    |-- reserve(1) over limit --|`,
}, {
	"NoFalseRefusal: a refused growth is not seen by others",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(3) over limit --|
	 C1:                            |-- reserve(1) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(3) over limit --|
	 C1:                            |-- reserve(1) over limit --|`,
}, {
	"a doomed reservation is visible until it is rolled back, and no longer",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --|                              |-- rollback(2) ok --|
	 C1:                                              |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --|
	 C1:                                                                    |-- reserve(1) over limit --|`,
}, {
	"StrictLimit: nothing is granted against the old limit once the new one was set",
	"-",
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --|
	 C1:                            |-- reserve(2) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --|
	 C1:                                              |-- reserve(2) ok --|`,
}, {
	"StrictLimit: nor once it was seen",
	"-",
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --| |-- exact 2 of 1 --|
	 C1:                            |-- reserve(2) ok -----------------------|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --| |-- exact 0 of 1 --|
	 C1:                            |-- reserve(2) ok -----------------------|`,
}, {
	"ShrinkNeverRefused: the limit was lowered below what is held",
	"-",
	`C0: |-- reserve(4) ok --|                        |-- release(2) ok --|
	 C1:                      |-- setlimit(1) ok --|                       |-- reserve(1) over limit --|`,
	`C0: |-- reserve(4) ok --|                        |-- release(2) over limit --|
	 C1:                      |-- setlimit(1) ok --|                               |-- reserve(1) over limit --|`,
}, {
	"OverReleaseCaught: two releases of 2 with 3 held",
	"-",
	`C0: |-- reserve(3) ok --| |-- release(2) ok --|
	 C1:                         |-- release(2) over-release --| |-- exact 1 counted --|`,
	`C0: |-- reserve(3) ok --| |-- release(2) ok --|
	 C1:                         |-- release(2) ok --| |-- exact 1 counted --|`,
}, {
	"OverReleaseCaught: the headroom comes back to its old value in between",
	"-",
	`C0: |-- reserve(3) ok --| |-- setlimit(3) ok --| |-- release(3) over-release -----------------------|
	 C1:                                                  |-- setlimit(2) ok --| |-- release(1) ok --|`,
	`C0: |-- reserve(3) ok --| |-- setlimit(3) ok --| |-- release(3) ok ---------------------------------|
	 C1:                                                  |-- setlimit(2) ok --| |-- release(1) ok --|`,
}, {
	"Exact: a reading once taken is not taken back",
	"-",
	`C0: |-- reserve(2) ok ----------------------------------------|
	 C1:      |-- exact 0 counted --| |-- exact 2 counted --|`,
	`C0: |-- reserve(2) ok ----------------------------------------|
	 C1:      |-- exact 2 counted --| |-- exact 0 counted --|`,
}, {
	"Exact: a growth whose backend failed leaves nothing",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --| |-- exact 0 of 2 --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --| |-- exact 2 of 2 --|`,
}, {
	"Exact: what is reserved while the limit changes stays reserved",
	"-",
	`C0: |-- setlimit(2) ok --| |-- setlimit(4) ok ---------------| |-- exact 2 of 4 --|
	 C1:                            |-- reserve(2) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(4) ok ---------------| |-- exact 0 of 4 --|
	 C1:                            |-- reserve(2) ok --|`,
}, {
	"Exact: limit and counter are of one instant",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- setlimit(5) ok --| |-- reserve(3) ok --|
	 C1:                           |-- exact 2 of 5 ------------------------------------------------|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- setlimit(5) ok --| |-- reserve(3) ok --|
	 C1:                           |-- exact 5 of 2 ------------------------------------------------|`,
}, {
	"WrapSafe: an enormous size is no size",
	"-",
	`C0: |-- setlimit(2) ok --| |-- reserve(1) ok --| |-- reserve(9223372036854775807) bad size --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(1) ok --| |-- reserve(9223372036854775807) ok --|`,
}, {
	"Stats of the root: it was closed when that was used",
	"-",
	`C0: |-- reserve(4) ok --| |-- release(3) ok --| |-- close 1 held --|
	 C1:    |-- stats 1 closed ---------------------------------------------|`,
	`C0: |-- reserve(4) ok --| |-- release(3) ok --| |-- close 1 held --|
	 C1:    |-- stats 4 closed ---------------------------------------------|`,
}, {
	"the boot ends without a limit: then no limit can be set",
	"-",
	`C0: |-- endboot ok --|
	 C1:    |-- reserve(9) ok --| |-- setlimit(3) unlimited --| |-- stats unlimited --|`,
	`C0: |-- endboot ok --|
	 C1:    |-- reserve(9) ok --| |-- setlimit(3) ok --| |-- stats unlimited --|`,
}, {
	"the boot ends without a limit: then nothing is closed, and nothing leaves",
	"-(-)",
	`C0: |-- endboot ok --| |-- X close 0 held --| |-- leave 0 held --| |-- X reserve(9) ok --| |-- reserve(9) ok --|`,
	`C0: |-- endboot ok --| |-- X close 0 held --| |-- leave 0 held --| |-- X reserve(9) ok --| |-- reserve(9) closed --|`,
}, {
	"the boot ends without a limit: what was closed or has left before grows again",
	"-(-,-)",
	`C0: |-- X close 0 held --| |-- Y leave 0 held --| |-- X reserve(1) closed --| |-- endboot ok --|
	 C1:                                                                                         |-- X reserve(9) ok --| |-- Y reserve(9) ok --|`,
	`C0: |-- X close 0 held --| |-- Y leave 0 held --| |-- X reserve(1) closed --| |-- endboot ok --|
	 C1:                                                                                              |-- X reserve(9) ok --| |-- Y reserve(9) closed --|`,
}, {
	"the boot ends with a limit: it stays",
	"-",
	`C0: |-- setlimit(3) ok --| |-- endboot ok --|
	 C1:     |-- reserve(2) ok -----------------------| |-- exact 2 of 3 --|`,
	`C0: |-- setlimit(3) ok --| |-- endboot ok --|
	 C1:     |-- reserve(2) ok -----------------------| |-- stats unlimited --|`,
}, {
	"a limit of 0 refuses all growth, and none refuses nothing",
	"-",
	`C0: |-- setlimit(0) ok --| |-- reserve(1) over limit --| |-- setlimit(9223372036854775807) ok --| |-- reserve(9) ok --|`,
	`C0: |-- setlimit(0) ok --| |-- reserve(1) over limit --| |-- setlimit(9223372036854775807) ok --| |-- reserve(9) over limit --|`,
}, {
	"NeverOverLimit: of a child",
	"9(4)",
	`C0: |-- X reserve(3) ok --|
	 C1:                        |-- X reserve(2) over limit --|`,
	`C0: |-- X reserve(3) ok --|
	 C1:                        |-- X reserve(2) ok --|`,
}, {
	"NeverOverLimit: of a budget in the middle",
	"9(4(-,-))",
	`C0: |-- Y reserve(3) ok --|
	 C1:                        |-- Z reserve(2) over limit --| |-- X exact 3 of 4 --|`,
	`C0: |-- Y reserve(3) ok --|
	 C1:                        |-- Z reserve(2) ok --| |-- X exact 5 of 4 --|`,
}, {
	"NoFalseRefusal: slack of a child is to be had by another",
	"9(-(-),-)",
	`C0: |-- Y reserve(3) ok --| |-- Y release(2) ok --|
	 C1:                                                |-- Z reserve(8) ok --|`,
	`C0: |-- Y reserve(3) ok --| |-- Y release(2) ok --|
	 C1:                                                |-- Z reserve(8) over limit --|`,
}, {
	"NoFalseRefusal: a growth that its own limit refuses is not seen by others",
	"9(2)",
	`C0: |-- X reserve(3) over limit --|
	 C1:    |-- reserve(9) ok --|`,
	`C0: |-- X reserve(3) over limit --|
	 C1:    |-- reserve(9) over limit --|`,
}, {
	"NoFalseRefusal: nor is one that is refused further up",
	"4(-(3),3)",
	`C0: |-- reserve(2) ok --| |-- Y reserve(3) over limit ----------|
	 C1:                         |-- Y reserve(2) ok --| |-- Y exact 2 of 3 --|`,
	`C0: |-- reserve(2) ok --| |-- Y reserve(3) over limit ----------|
	 C1:                         |-- Y reserve(2) over limit --| |-- Y exact 0 of 3 --|`,
}, {
	"Exact: a release is one step per level, and the lowest comes first",
	"4(-)",
	`C0: |-- X reserve(4) ok --| |-- X release(4) ok --------------------------|
	 C1:                           |-- X exact 0 counted --| |-- exact 4 of 4 --|`,
	`C0: |-- X reserve(4) ok --| |-- X release(4) ok --------------------------|
	 C1:                           |-- exact 0 of 4 --| |-- X exact 4 counted --|`,
}, {
	"Exact: and it has passed them all when it returns",
	"4(-)",
	`C0: |-- X reserve(4) ok --| |-- X release(4) ok --|
	 C1:                          |-- reserve(1) over limit --|`,
	`C0: |-- X reserve(4) ok --| |-- X release(4) ok --|
	 C1:                                                 |-- reserve(1) over limit --|`,
}, {
	"StrictLimit: of a child",
	"9(8)",
	`C0: |-- X setlimit(1) ok --|
	 C1:    |-- X reserve(2) ok --|`,
	`C0: |-- X setlimit(1) ok --|
	 C1:                          |-- X reserve(2) ok --|`,
}, {
	"a child made without a limit has none",
	"9(-)",
	`C0: |-- X setlimit(1) no limit --| |-- X reserve(2) ok --|`,
	`C0: |-- X setlimit(1) ok --| |-- X reserve(2) over limit --|`,
}, {
	"OverReleaseCaught: what a child holds is not its parent's",
	"9(-)",
	`C0: |-- reserve(1) ok --| |-- X reserve(3) ok --| |-- release(2) over-release --|`,
	`C0: |-- reserve(1) ok --| |-- X reserve(3) ok --| |-- release(2) ok --|`,
}, {
	"Close: no growth that begins later is granted, there or below",
	"9(-(-))",
	`C0: |-- Y reserve(2) ok --| |-- X close 2 held --|
	 C1:                                               |-- Y reserve(1) closed --| |-- exact 2 of 9 --|`,
	`C0: |-- Y reserve(2) ok --| |-- X close 2 held --|
	 C1:                                               |-- Y reserve(1) ok --| |-- exact 3 of 9 --|`,
}, {
	"Close: one that began before may be granted at a child without a limit",
	"9(-)",
	`C0:                        |-- X close 0 held --| |-- reserve(9) ok --| |-- release(9) ok --|
	 C1:                         |-- X reserve(2) ok -----------------------------------------------|`,
	`C0:                        |-- X close 0 held --| |-- reserve(9) ok --| |-- release(9) ok --|
	 C1:                                                |-- X reserve(2) ok ------------------------|`,
}, {
	"Close: and not at one with a limit",
	"9(5)",
	`C0: |-- X close 0 held --| |-- reserve(9) ok --| |-- release(9) ok --|
	 C1:     |-- X reserve(2) closed ----------------------------------------|`,
	`C0: |-- X close 0 held --| |-- reserve(9) ok --| |-- release(9) ok --|
	 C1:     |-- X reserve(2) ok --------------------------------------------|`,
}, {
	"Leave: all goes back at once, and what comes later does nothing",
	"9(-(5))",
	`C0: |-- reserve(4) ok --| |-- Y reserve(5) ok --| |-- X leave 5 held --| |-- Y release(3) ok --| |-- exact 4 of 9 --|
	 C1:                                                                     |-- reserve(5) ok --| |-- release(5) ok --|`,
	`C0: |-- reserve(4) ok --| |-- Y reserve(5) ok --| |-- X leave 5 held --| |-- Y release(3) ok --| |-- exact 1 of 9 --|
	 C1:                                                                     |-- reserve(5) ok --| |-- release(5) ok --|`,
}, {
	"Leave: a late release is no over-release",
	"9(-)",
	`C0: |-- X reserve(5) ok --|                        |-- X release(5) ok --| |-- X rollback(5) ok --|
	 C1:                        |-- X leave 5 held --|`,
	`C0: |-- X reserve(5) ok --|                        |-- X release(5) over-release --| |-- X rollback(5) ok --|
	 C1:                        |-- X leave 5 held --|`,
}, {
	"Leave: a growth that took its bytes above is seen until it gives them back",
	"4(-)",
	`C0: |-- X reserve(3) closed -------------------------------|
	 C1:    |-- X leave 0 held --|
	 C2:                           |-- reserve(2) over limit --|`,
	`C0: |-- X reserve(3) closed -----|
	 C1:    |-- X leave 0 held --|
	 C2:                               |-- reserve(2) over limit --|`,
}, {
	"Move: what is above both does not see it",
	"9(5(-),-(-))",
	`C0: |-- Y reserve(5) ok --| |-- Y move(W, 3) ok -----------------------------------------|
	 C1:                           |-- exact 5 of 9 --| |-- reserve(5) over limit --| |-- W exact 3 counted --|`,
	`C0: |-- Y reserve(5) ok --| |-- Y move(W, 3) ok -----------------------------------------|
	 C1:                           |-- exact 5 of 9 --| |-- reserve(5) ok --| |-- W exact 3 counted --|`,
}, {
	"Move: only limits on the way to the target refuse",
	"5(5,-(4))",
	`C0: |-- X reserve(5) ok --| |-- X move(Z, 5) over limit --| |-- X move(Z, 4) ok --| |-- Z move(Y, 5) over-release --|`,
	`C0: |-- X reserve(5) ok --| |-- X move(Z, 5) over limit --| |-- X move(Z, 4) over limit --| |-- Z move(Y, 5) over-release --|`,
}, {
	"Stats: no less than is held, and no more than a limit allows",
	"9(8(-))",
	`C0: |-- Y reserve(3) ok --| |-- X stats 3 of 8 --| |-- X stats 8 of 8 --| |-- X exact 3 of 8 --|`,
	`C0: |-- Y reserve(3) ok --| |-- X stats 2 of 8 --| |-- X stats 8 of 8 --| |-- X exact 3 of 8 --|`,
}, {
	"Stats: nor with slack more than a limit allows",
	"9(8(-))",
	`C0: |-- Y reserve(3) ok --| |-- stats 9 of 9 --|`,
	`C0: |-- Y reserve(3) ok --| |-- stats 10 of 9 --|`,
}}

func TestKnownHistories(t *testing.T) {
	for _, k := range known {
		t.Run(k.name, func(t *testing.T) {
			lin.Require(t, parse(t, k.tree, k.legal), "# the legal one")
			if err := lin.Check(parse(t, k.tree, k.illegal)); !errors.Is(err, lin.ErrIllegal) {
				t.Errorf("the illegal twin: Check = %v, want %v", err, lin.ErrIllegal)
			}
		})
	}
}

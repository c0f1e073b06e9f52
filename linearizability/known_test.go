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
	legal, illegal string
}{{
	"NeverOverLimit: two growths of 2 under a limit of 3",
	`C0: |-- setlimit(3) ok --| |-- reserve(2) ok ---|
	 C1:                            |-- reserve(2) over limit --|`,
	`C0: |-- setlimit(3) ok --| |-- reserve(2) ok ---|
	 C1:                            |-- reserve(2) ok --|`,
}, {
	"NeverOverLimit: one byte more than fits",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- reserve(1) ok --|`,
}, {
	"LiveWithinCharge: what a shrink gives up is to be had when it is gone, and not before",
	`C0: |-- setlimit(4) ok --| |-- reserve(4) ok --| |-- release(2) ok --------|
	 C1:                                               |-- reserve(2) ok --|`,
	`C0: |-- setlimit(4) ok --| |-- reserve(4) ok --|                       |-- release(2) ok --|
	 C1:                                               |-- reserve(2) ok --|`,
}, {
	"NoFalseRefusal: what was released in time is to be had",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- release(2) ok --|
	 C1:                                                |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- release(2) ok --|
	 C1:                                                                    |-- reserve(1) over limit --|`,
}, {
	"NoFalseRefusal: a refused growth is not seen by others",
	`C0: |-- setlimit(2) ok --| |-- reserve(3) over limit --|
	 C1:                            |-- reserve(1) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(3) over limit --|
	 C1:                            |-- reserve(1) over limit --|`,
}, {
	"a doomed reservation is visible until it is rolled back, and no longer",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --|                              |-- rollback(2) ok --|
	 C1:                                              |-- reserve(1) over limit --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --|
	 C1:                                                                    |-- reserve(1) over limit --|`,
}, {
	"StrictLimit: nothing is granted against the old limit once the new one was set",
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --|
	 C1:                            |-- reserve(2) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --|
	 C1:                                              |-- reserve(2) ok --|`,
}, {
	"StrictLimit: nor once it was seen",
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --| |-- stats 2 of 1 --|
	 C1:                            |-- reserve(2) ok -----------------------|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(1) ok --| |-- stats 0 of 1 --|
	 C1:                            |-- reserve(2) ok -----------------------|`,
}, {
	"ShrinkNeverRefused: the limit was lowered below what is held",
	`C0: |-- reserve(4) ok --|                        |-- release(2) ok --|
	 C1:                      |-- setlimit(1) ok --|                       |-- reserve(1) over limit --|`,
	`C0: |-- reserve(4) ok --|                        |-- release(2) over limit --|
	 C1:                      |-- setlimit(1) ok --|                               |-- reserve(1) over limit --|`,
}, {
	"OverReleaseCaught: two releases of 2 with 3 held",
	`C0: |-- reserve(3) ok --| |-- release(2) ok --|
	 C1:                         |-- release(2) over-release --| |-- stats 1 counted --|`,
	`C0: |-- reserve(3) ok --| |-- release(2) ok --|
	 C1:                         |-- release(2) ok --| |-- stats 1 counted --|`,
}, {
	"OverReleaseCaught: the headroom comes back to its old value in between",
	`C0: |-- reserve(3) ok --| |-- setlimit(3) ok --| |-- release(3) over-release -----------------------|
	 C1:                                                  |-- setlimit(2) ok --| |-- release(1) ok --|`,
	`C0: |-- reserve(3) ok --| |-- setlimit(3) ok --| |-- release(3) ok ---------------------------------|
	 C1:                                                  |-- setlimit(2) ok --| |-- release(1) ok --|`,
}, {
	"Exact: a reading once taken is not taken back",
	`C0: |-- reserve(2) ok ----------------------------------------|
	 C1:      |-- stats 0 counted --| |-- stats 2 counted --|`,
	`C0: |-- reserve(2) ok ----------------------------------------|
	 C1:      |-- stats 2 counted --| |-- stats 0 counted --|`,
}, {
	"Exact: a growth whose backend failed leaves nothing",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --| |-- stats 0 of 2 --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- rollback(2) ok --| |-- stats 2 of 2 --|`,
}, {
	"Exact: what is reserved while the limit changes stays reserved",
	`C0: |-- setlimit(2) ok --| |-- setlimit(4) ok ---------------| |-- stats 2 of 4 --|
	 C1:                            |-- reserve(2) ok --|`,
	`C0: |-- setlimit(2) ok --| |-- setlimit(4) ok ---------------| |-- stats 0 of 4 --|
	 C1:                            |-- reserve(2) ok --|`,
}, {
	"Exact: limit and counter are of one instant",
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- setlimit(5) ok --| |-- reserve(3) ok --|
	 C1:                           |-- stats 2 of 5 ------------------------------------------------|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(2) ok --| |-- setlimit(5) ok --| |-- reserve(3) ok --|
	 C1:                           |-- stats 5 of 2 ------------------------------------------------|`,
}, {
	"WrapSafe: an enormous size is no size",
	`C0: |-- setlimit(2) ok --| |-- reserve(1) ok --| |-- reserve(9223372036854775807) bad size --|`,
	`C0: |-- setlimit(2) ok --| |-- reserve(1) ok --| |-- reserve(9223372036854775807) ok --|`,
}, {
	"the boot ends without a limit: then no limit can be set",
	`C0: |-- endboot ok --|
	 C1:    |-- reserve(9) ok --| |-- setlimit(3) unlimited --| |-- stats unlimited --|`,
	`C0: |-- endboot ok --|
	 C1:    |-- reserve(9) ok --| |-- setlimit(3) ok --| |-- stats unlimited --|`,
}, {
	"the boot ends with a limit: it stays",
	`C0: |-- setlimit(3) ok --| |-- endboot ok --|
	 C1:     |-- reserve(2) ok -----------------------| |-- stats 2 of 3 --|`,
	`C0: |-- setlimit(3) ok --| |-- endboot ok --|
	 C1:     |-- reserve(2) ok -----------------------| |-- stats unlimited --|`,
}}

func TestKnownHistories(t *testing.T) {
	for _, k := range known {
		t.Run(k.name, func(t *testing.T) {
			lin.Require(t, parse(t, k.legal), "# the legal one")
			if err := lin.Check(parse(t, k.illegal)); !errors.Is(err, lin.ErrIllegal) {
				t.Errorf("the illegal twin: Check = %v, want %v", err, lin.ErrIllegal)
			}
		})
	}
}

package fuzz

import "testing"

// The opcodes of FuzzSequential. Kept inputs have their numbers, so new ones go at the end.
const (
	opReserve = iota
	opRelease
	opSetLimit // of the Budget or of an account
	opEndBoot
	opResize
	opManyLimits // SetLimit, 256 times: the generation wraps
	opStats
	opClose  // of an account
	opDrop   // of an account, closed or not
	opLeave  // of an account
	opTenant // instead of an account, which is dropped
)

// Flags of a command of FuzzSequential, in its byte 1, above the fate.
const (
	flagLook = 1 << (2 + iota) // the statistics are compared even if there are accounts
	flagNest                   // of opResize: the next command runs in the backend, at most 8 deep
)

// FuzzSequential gives the same commands to a Budget and to the model. A command is three bytes, of
// opResize four:
//
//	byte 0  bits 0-3  the opcode; a command whose opcode is not known yet is skipped
//	        bits 4-5  0 the Budget itself, else the account of this number
//	byte 1  bits 0-1  the fate of the backend; 3 is a success
//	        bits 2-3  flagLook, flagNest
//	byte 2            the size: below 64 itself, from there on an index into edges
//	byte 3            the new size of opResize, likewise; byte 2 is the old one
//
// Other bits are ignored. Bytes that are missing at the end are 0.
func FuzzSequential(f *testing.F) {
	const (
		reserve, release, setLimit, endBoot = opReserve, opRelease, opSetLimit, opEndBoot
		resize, manyLimits, stats           = opResize, opManyLimits, opStats
		closes, drop, leave, tenant         = opClose, opDrop, opLeave, opTenant
		a1, a2, a3                          = 1 << 4, 2 << 4, 3 << 4
		fail, panic                         = int(fails) << 8, int(panics) << 8
		look, nest                          = flagLook << 8, flagNest << 8
		// 64 plus the index in edges
		one, h, over, held, tooMuch               = 65, 67, 68, 70, 71
		negative, lowest, huge, largest, tooLarge = 75, 76, 77, 78, 79
		band, lost, lostNegative                  = 80, 81, 82
		kilobytes, half, large, larger            = 83, 85, 87, 88
	)
	add := func(ops ...op) { f.Add(join(nil, sequentialWidth, ops)) }
	// Up to the limit and not past it.
	add(op{setLimit, 10}, op{reserve, h}, op{reserve, one}, op{release, 3}, op{reserve, over}, op{reserve, h})
	// A peak that is one byte above the last.
	add(op{reserve, 5}, op{release, 1}, op{reserve, 2}, op{release, 1})
	// Over-release, and the books after it.
	add(op{reserve, 8}, op{release, tooMuch}, op{release, held}, op{release, one})
	// The limit moves below what is held, growth is refused, shrinks are not.
	add(op{reserve, 40}, op{setLimit, 8}, op{reserve, one}, op{resize, 40, 20}, op{release, 13},
		op{reserve, one})
	// Counting, its range, and the end of it.
	add(op{reserve, largest}, op{reserve, largest}, op{reserve, one}, op{endBoot}, op{release, held},
		op{setLimit, 5})
	// EndBoot has no effect once a limit is set.
	add(op{setLimit, 5}, op{endBoot}, op{reserve, 6})
	// Every bad size in every mode.
	for _, mode := range [][]op{nil, {{setLimit, 20}}, {{endBoot}}} {
		bad := append(mode, op{reserve, 10})
		for _, n := range []int{negative, lowest, huge, tooLarge, band, lost, lostNegative} {
			bad = append(bad, op{reserve, n}, op{release, n}, op{setLimit, n}, op{resize, 1, n},
				op{resize, n, 1})
		}
		add(bad...)
	}
	// Growths and shrinks whose backend fails or panics, and a free.
	add(op{setLimit, 20}, op{resize | fail, 0, 10}, op{resize, 0, 10}, op{resize | panic, 10, 20},
		op{resize | fail, 10, 5}, op{resize | panic, 10, 0}, op{resize, 10, 0}, op{resize, 0, 0})
	// EndBoot, SetLimit and another growth in the middle of a growth that then fails.
	add(op{resize | fail | nest, 0, 10}, op{endBoot}, op{release, 10})
	add(op{resize | panic | nest, 0, 10}, op{setLimit, 4}, op{reserve, one}, op{reserve, 5})
	add(op{setLimit, 20}, op{resize | fail | nest, 0, 10}, op{resize | nest, 0, 10}, op{reserve, 1},
		op{release, 10})
	// The backend gives back what the call around it reserved, so the rollback is the over-release.
	add(op{setLimit, 20}, op{resize | panic | nest, 0, 10}, op{release, 10}, op{reserve, h})
	// The generation wraps, reservations and releases before, on and after the way.
	add(op{reserve, 30}, op{manyLimits, 20}, op{release, 5}, op{reserve, one}, op{setLimit, 50},
		op{manyLimits, h}, op{reserve, one}, op{release, tooMuch}, op{release, held})

	// Accounts with slack. One wants all that is left, and no more, then another, then the Budget
	// itself.
	add(op{setLimit, kilobytes}, op{a1 | reserve, 1}, op{a2 | reserve, 1}, op{a3 | reserve, 1},
		op{a1 | reserve, over}, op{a1 | reserve, h}, op{a2 | reserve, one}, op{reserve, one})
	add(op{setLimit, kilobytes}, op{a1 | reserve, 1}, op{a2 | reserve, 1}, op{reserve, half}, op{reserve, h},
		op{a1 | release, 1}, op{a2 | reserve, one}, op{a2 | reserve, one}, op{release | look, 5})
	// Refills of an account that has slack left: it loses none, and does not pile it up.
	add(op{a1 | reserve, large}, op{a1 | reserve, larger}, op{a1 | reserve, large}, op{a1 | reserve, larger},
		op{a1 | reserve, larger}, op{a1 | stats})
	// The limit falls to what is held, and below it, and rises again under slack.
	add(op{setLimit, kilobytes}, op{a1 | reserve, 40}, op{a2 | reserve, 9}, op{setLimit, 49},
		op{a1 | reserve, 1}, op{a2 | release, 9}, op{a1 | reserve, h}, op{setLimit, 3}, op{a1 | release, 40},
		op{setLimit, kilobytes}, op{a2 | reserve | look, h})
	// Over-release is each account's own.
	add(op{reserve, 50}, op{a1 | reserve, 8}, op{a2 | reserve, 9}, op{a1 | release, 9}, op{a1 | release, 8},
		op{a1 | release, 1}, op{a2 | release, 10}, op{release, held}, op{release, tooMuch},
		op{release | look, 50})
	// Limits of accounts, Close, use after it, and the end of two accounts that hold something, one
	// closed and one not.
	add(op{a1 | reserve, 8}, op{a1 | setLimit, 10}, op{a1 | reserve, 3}, op{a1 | reserve, 2},
		op{a1 | setLimit, 4}, op{a1 | closes}, op{a1 | reserve, 1}, op{a1 | resize, 10, 5}, op{a1 | closes},
		op{a1 | release, 6}, op{a1 | drop}, op{a1 | reserve, 7}, op{a2 | reserve, 9}, op{a2 | drop},
		op{setLimit, held}, op{a1 | reserve, one}, op{a2 | reserve | look, one})
	// Boot ends with slack about, in the middle of a growth that fails.
	add(op{a1 | reserve, 8}, op{a2 | resize | fail | nest, 0, 10}, op{endBoot}, op{a1 | release, 60},
		op{a1 | closes}, op{a1 | reserve, 5}, op{a2 | reserve | look, 1})
	// A backend that closes the account, releases what the call reserved, or takes the rest.
	add(op{a1 | resize | fail | nest, 0, 10}, op{a1 | closes}, op{a1 | resize | fail | nest, 0, 0},
		op{reserve | look, 0})
	add(op{setLimit, kilobytes}, op{a1 | reserve, 5}, op{a1 | resize | panic | nest, 5, 20},
		op{a1 | release, 18}, op{a2 | resize | fail | nest, 0, 10}, op{reserve, h},
		op{a2 | reserve | look, one})

	// A tenant: its limits, over-release, slack that another wants, a backend that closes it.
	add(op{a1 | tenant}, op{setLimit, kilobytes}, op{a1 | reserve, 8}, op{a1 | setLimit, 10},
		op{a1 | reserve, 3}, op{a1 | reserve, 2}, op{a1 | release, 11}, op{a2 | reserve, 9},
		op{a2 | reserve, h}, op{a1 | resize | fail | nest, 10, 5}, op{a1 | closes},
		op{a1 | release | look, 10})
	// Leaving: stocked, drained, closed, twice, with nothing, and with the limit below what is
	// held.
	add(op{setLimit, kilobytes}, op{a1 | reserve, 8}, op{a1 | leave}, op{a1 | leave}, op{a1 | reserve, 1},
		op{a1 | release, 1}, op{a2 | tenant}, op{a2 | reserve, 50}, op{stats}, op{a2 | closes},
		op{a2 | leave}, op{a3 | reserve, 40}, op{setLimit, 8}, op{a3 | leave}, op{reserve, h},
		op{a1 | tenant}, op{a1 | leave | look})
	// Leaving in the middle of a growth that fails, and when nothing is counted any more.
	add(op{a1 | reserve, 8}, op{a1 | resize | fail | nest, 8, 20}, op{a1 | leave}, op{a2 | tenant},
		op{a2 | resize | nest, 0, 20}, op{a2 | leave}, op{a2 | resize | look, 20, 0}, op{a3 | reserve, 5},
		op{endBoot}, op{a3 | leave | look})

	f.Fuzz(func(t *testing.T, data []byte) {
		s := sequential{pair: newPair(t), rest: data}
		for len(s.rest) > 0 {
			s.command()
		}
		s.compareStats(s.steps, "the last command")
	})
}

// sequentialWidth is the bytes of a command of opcode code.
func sequentialWidth(code int) int {
	if code == opResize {
		return 4
	}
	return 3
}

// A sequential is a program of FuzzSequential that runs.
type sequential struct {
	*pair
	rest  []byte
	depth int // of commands in the backends of others
}

// command takes the next command from the input and runs it.
func (s *sequential) command() {
	var b [4]byte
	n := copy(b[:], s.rest)
	s.rest = s.rest[min(n, sequentialWidth(int(b[0]&15))):]
	var a *accountPair
	if i := int(b[0] >> 4 & 3); i > 0 {
		a = s.account(i, s.depth > 0)
	}
	s.look = b[1]&flagLook != 0
	switch code := b[0] & 15; {
	case code == opReserve:
		s.reserve(a, s.size(b[2]))
	case code == opRelease:
		s.release(a, s.size(b[2]))
	case code == opSetLimit && a != nil:
		s.setAccountLimit(a, s.size(b[2]))
	case code == opSetLimit:
		s.setLimit(s.size(b[2]))
	case code == opEndBoot:
		s.endBoot()
	case code == opResize:
		s.resizeAround(a, b)
	case code == opManyLimits:
		s.manyLimits(s.size(b[2]))
	case code == opStats:
		s.compareStats(s.steps, "the last command")
	case code == opClose && a != nil:
		s.close(a)
	case code == opDrop && a != nil:
		s.drop(a)
	case code == opLeave && a != nil:
		s.leave(a)
	case code == opTenant && a != nil:
		s.tenant(a)
	}
}

func (s *sequential) resizeAround(a *accountPair, b [4]byte) {
	var during func()
	if b[1]&flagNest != 0 && s.depth < 7 {
		during = func() {
			s.depth++
			s.command()
			s.depth--
		}
	}
	s.resize(a, s.size(b[2]), s.size(b[3]), fate(b[1]&3)%3, during)
}

func (s *sequential) manyLimits(n int64) {
	for range 255 {
		s.want, _ = s.want.SetLimit(n)
		s.got.SetLimit(n)
	}
	s.setLimit(n)
}

func (s *sequential) size(b byte) int64 {
	if b < 64 {
		return int64(b)
	}
	e := edges(s.want)
	return e[int(b-64)%len(e)]
}

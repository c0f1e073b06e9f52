package fuzz

import "testing"

// A command is two bytes, a Resize three, EndBoot one:
//
//	byte 0: bits 0-2  0,1 Reserve  2,3 Release  4 SetLimit  5 EndBoot  6 Resize  7 SetLimit, 256 times
//	        bits 3-4  the fate of the backend; 3: compare the statistics even if there are accounts
//	        bit 5     the next command runs in the backend, at most 8 deep
//	        bits 6-7  0 the Budget itself, else the account of this number; then 4 is its limit, 5 Close and 7 its end
//	byte 1 (and 2): a size: below 64 itself, from there on an index into edges
func FuzzSequential(f *testing.F) {
	const (
		reserve, release, setLimit, endBoot, resize, manyLimits = 0, 2, 4, 5, 6, 7
		fail, panic, nest                                       = 1 << 3, 2 << 3, 1 << 5
		// 64 plus the index in edges
		one, h, over, held, tooMuch               = 65, 67, 68, 70, 71
		negative, lowest, huge, largest, tooLarge = 75, 76, 77, 78, 79
		band, lost, lostNegative                  = 80, 81, 82
		kilobytes, half                           = 83, 85

		look, a1, a2, a3 = 3 << 3, 1 << 6, 2 << 6, 3 << 6
	)
	// Up to the limit and not past it.
	f.Add([]byte{setLimit, 10, reserve, h, reserve, one, release, 3, reserve, over, reserve, h})
	// Over-release, and the books after it.
	f.Add([]byte{reserve, 8, release, tooMuch, release, held, release, one})
	// The limit moves below what is held, growth is refused, shrinks are not.
	f.Add([]byte{reserve, 40, setLimit, 8, reserve, one, resize, 40, 20, release, 13, reserve, one})
	// Counting, its range, and the end of it.
	f.Add([]byte{reserve, largest, reserve, largest, reserve, one, endBoot, release, held, setLimit, 5})
	// EndBoot has no effect once a limit is set.
	f.Add([]byte{setLimit, 5, endBoot, reserve, 6})
	// Every bad size in every mode.
	bad := []byte{}
	for _, mode := range [][]byte{{}, {setLimit, 20}, {endBoot}} {
		bad = append(bad, mode...)
		bad = append(bad, reserve, 10)
		for _, n := range []byte{negative, lowest, huge, tooLarge, band, lost, lostNegative} {
			bad = append(bad, reserve, n, release, n, setLimit, n, resize, 1, n, resize, n, 1)
		}
		f.Add(bad)
		bad = nil
	}
	// Growths and shrinks whose backend fails or panics, and a free.
	f.Add([]byte{setLimit, 20, resize | fail, 0, 10, resize, 0, 10, resize | panic, 10, 20, resize | fail, 10, 5, resize | panic, 10, 0, resize, 10, 0, resize, 0, 0})
	// EndBoot, SetLimit and another growth in the middle of a growth that then fails.
	f.Add([]byte{resize | fail | nest, 0, 10, endBoot, release, 10})
	f.Add([]byte{resize | panic | nest, 0, 10, setLimit, 4, reserve, one, reserve, 5})
	f.Add([]byte{setLimit, 20, resize | fail | nest, 0, 10, resize | nest, 0, 10, reserve, 1, release, 10})
	// The backend gives back what the call around it reserved, so the rollback is the over-release.
	f.Add([]byte{setLimit, 20, resize | panic | nest, 0, 10, release, 10, reserve, h})
	// The generation wraps, reservations and releases before, on and after the way.
	f.Add([]byte{reserve, 30, manyLimits, 20, release, 5, reserve, one, setLimit, 50, manyLimits, h, reserve, one, release, tooMuch, release, held})

	// Accounts with slack; one wants all that is left, and no more. Then another, and the Budget itself.
	f.Add([]byte{setLimit, kilobytes, a1 | reserve, 1, a2 | reserve, 1, a3 | reserve, 1, a1 | reserve, over, a1 | reserve, h, a2 | reserve, one, reserve, one})
	f.Add([]byte{setLimit, kilobytes, a1 | reserve, 1, a2 | reserve, 1, reserve, half, reserve, h, a1 | release, 1, a2 | reserve, one, a2 | reserve, one, release | look, 5})
	// The limit falls to what is held, and below it, and rises again under slack.
	f.Add([]byte{setLimit, kilobytes, a1 | reserve, 40, a2 | reserve, 9, setLimit, 49, a1 | reserve, 1, a2 | release, 9, a1 | reserve, h, setLimit, 3, a1 | release, 40, setLimit, kilobytes, a2 | reserve | look, h})
	// Over-release is each account's own.
	f.Add([]byte{reserve, 50, a1 | reserve, 8, a2 | reserve, 9, a1 | release, 9, a1 | release, 8, a1 | release, 1, a2 | release, 10, release, held, release, tooMuch, release | look, 50})
	// Limits of accounts, Close, use after it, and the end of a closed and of an open account that hold something.
	f.Add([]byte{a1 | reserve, 8, a1 | setLimit, 10, a1 | reserve, 3, a1 | reserve, 2, a1 | setLimit, 4, a1 | endBoot, a1 | reserve, 1, a1 | resize, 10, 5, a1 | endBoot, a1 | release, 6, a1 | manyLimits,
		a1 | reserve, 7, a2 | reserve, 9, a2 | manyLimits, setLimit, held, a1 | reserve, one, a2 | reserve | look, one})
	// Boot ends with slack about, in the middle of a growth that fails.
	f.Add([]byte{a1 | reserve, 8, a2 | resize | fail | nest, 0, 10, endBoot, a1 | release, 60, a1 | endBoot, a1 | reserve, 5, a2 | reserve | look, 1})
	// A backend that closes the account, releases what the call reserved, or takes the rest.
	f.Add([]byte{a1 | resize | fail | nest, 0, 10, a1 | endBoot, a1 | resize | fail | nest, 0, 0, look})
	f.Add([]byte{setLimit, kilobytes, a1 | reserve, 5, a1 | resize | panic | nest, 5, 20, a1 | release, 18, a2 | resize | fail | nest, 0, 10, reserve, h, a2 | reserve | look, one})

	f.Fuzz(func(t *testing.T, program []byte) {
		p := newPair(t)
		next := func() byte {
			if len(program) == 0 {
				return 0
			}
			b := program[0]
			program = program[1:]
			return b
		}
		size := func() int64 {
			b := next()
			if b < 64 {
				return int64(b)
			}
			e := edges(p.want)
			return e[int(b-64)%len(e)]
		}
		depth := 0
		var command func()
		command = func() {
			depth++
			defer func() { depth-- }()
			op := next()
			var a *account
			if i := int(op >> 6); i > 0 {
				a = p.account(i, depth > 1)
			}
			p.look = op>>3&3 == 3
			switch kind := op & 7; {
			case kind < 2:
				p.reserve(a, size())
			case kind < 4:
				p.release(a, size())
			case kind == 4 && a != nil:
				p.setAccountLimit(a, size())
			case kind == 5 && a != nil:
				p.close(a)
			case kind == 7 && a != nil:
				p.drop(a)
			case kind == 4:
				p.setLimit(size())
			case kind == 5:
				p.endBoot()
			case kind == 7:
				n := size()
				for range 255 {
					p.want, _ = p.want.SetLimit(n)
					p.got.SetLimit(n)
				}
				p.setLimit(n)
			case kind == 6:
				var during func()
				if op&nest != 0 && depth < 8 {
					during = command
				}
				osize, nsize := size(), size()
				p.resize(a, osize, nsize, fate(op>>3&3)%3, during)
			}
		}
		for len(program) > 0 {
			command()
		}
		p.compareStats(p.steps, "the last command")
	})
}

package fuzz

import "testing"

// A command is two bytes, a Resize three, EndBoot one:
//
//	byte 0: bits 0-2  0,1 Reserve  2,3 Release  4 SetLimit  5 EndBoot  6 Resize  7 SetLimit, 256 times
//	        bits 3-4  the fate of the backend
//	        bit 5     the next command runs in the backend, at most 8 deep
//	byte 1 (and 2): a size: below 64 itself, from there on an index into edges
func FuzzSequential(f *testing.F) {
	const (
		reserve, release, setLimit, endBoot, resize, manyLimits = 0, 2, 4, 5, 6, 7
		fail, panic, nest                                       = 1 << 3, 2 << 3, 1 << 5
		// 64 plus the index in edges
		one, h, over, held, tooMuch               = 65, 67, 68, 70, 71
		negative, lowest, huge, largest, tooLarge = 75, 76, 77, 78, 79
		band, lost, lostNegative                  = 80, 81, 82
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
			switch op := next(); op & 7 {
			case 0, 1:
				p.reserve(size())
			case 2, 3:
				p.release(size())
			case 4:
				p.setLimit(size())
			case 5:
				p.endBoot()
			case 7:
				n := size()
				for range 255 {
					p.want, _ = p.want.SetLimit(n)
					p.got.SetLimit(n)
				}
				p.setLimit(n)
			case 6:
				var during func()
				if op&nest != 0 && depth < 8 {
					during = command
				}
				osize, nsize := size(), size()
				p.resize(osize, nsize, fate(op>>3&3)%3, during, func(backend func() bool) error {
					return p.got.Resize(osize, nsize, backend)
				})
			}
		}
		for len(program) > 0 {
			command()
		}
	})
}

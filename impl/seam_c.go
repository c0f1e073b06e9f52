//go:build lua54

package impl

import (
	"unsafe"

	"casalloc/impl/internal/cbudget"
)

// Under the tag lua54, C may make the calls of a child that its fast path decides.

// plain is 1, or 0 under the tag interleave, whose atomics are not the machine's.
const plain = 8 / unsafe.Sizeof(atomicInt64{})

// C finds the fields where they are: another index than 0 does not compile.
var (
	_ = [1]int{}[plain*(unsafe.Offsetof(Budget{}.word)-cbudget.AtWord)]
	_ = [1]int{}[plain*(unsafe.Offsetof(Budget{}.base)-cbudget.AtBase)]
	_ = [1]int{}[plain*(unsafe.Offsetof(Budget{}.cap)-cbudget.AtCap)]
	_ = [1]int{}[plain*(unsafe.Offsetof(Budget{}.peak)-cbudget.AtPeak)]
	_ = [1]int{}[tagBits-cbudget.TagBits]
	_ = [1]int{}[inner-cbudget.Inner]
)

// CBudget returns b as C knows it, or nil under the tag interleave. It is Go memory: pin it for as
// long as C has it.
func CBudget(b *Budget) *cbudget.Budget {
	if plain == 0 {
		return nil
	}
	return (*cbudget.Budget)(unsafe.Pointer(b))
}

// CRollBack is b.Release of n bytes that C has reserved and failed to allocate.
func CRollBack(b *Budget, n int64) { b.rollBack(n) }

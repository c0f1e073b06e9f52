//go:build lua54

package impl

import (
	"unsafe"

	"casalloc/impl/internal/cstock"
)

// Under the tag lua54, C may be the owner of an account, for the calls that the stock decides.

// CStock returns the part of a that C uses, or nil under the tag interleave, whose atomics are not
// the machine's. It is Go memory: pin it for as long as C knows it.
func CStock(a *Account) *cstock.Stock {
	if unsafe.Sizeof(a.stock.slack) != unsafe.Sizeof(cstock.Stock{}.Slack) {
		return nil
	}
	return (*cstock.Stock)(unsafe.Pointer(&a.stock.slack))
}

// CRollBack is a.Release of n bytes that C has reserved and failed to allocate. It is the owner's
// call.
func CRollBack(a *Account, n int64) { a.rollBack(n) }

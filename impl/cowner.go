//go:build !interleave

package impl

import (
	"unsafe"

	"casalloc/impl/internal/cstock"
)

// C code may be the owner of an account, for the calls that its stock can decide (lua54 is).

func init() {
	cstock.Of = func(account any) *cstock.Stock {
		a, ok := account.(*Account)
		if !ok {
			return nil
		}
		return (*cstock.Stock)(unsafe.Pointer(&a.stock.slack))
	}
	cstock.RollBack = func(account any, n int64) { account.(*Account).rollBack(n) }
}

// A stock begins with the fields of a cstock.Stock: index 0 is the only one in range.
const (
	floorAt = unsafe.Offsetof(stock{}.floor) - unsafe.Offsetof(stock{}.slack)
	topAt   = unsafe.Offsetof(stock{}.top) - unsafe.Offsetof(stock{}.slack)
)

var (
	_ = [1]struct{}{}[floorAt-unsafe.Offsetof(cstock.Stock{}.Floor)]
	_ = [1]struct{}{}[topAt-unsafe.Offsetof(cstock.Stock{}.Top)]
)

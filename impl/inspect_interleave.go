//go:build interleave

package impl

import (
	"fmt"
	"reflect"
	"unsafe"
)

// CountingBase is the base while Counting, in bytes.
const CountingBase = countingBase

// Headroom, Gen and IsStocked take a word apart; IsUnlimited is the band that counts nothing.
func Headroom(word int64) int64 { return word >> tagBits }
func Gen(word int64) int64      { return word & genMask }
func IsStocked(word int64) bool { return word&stocked != 0 }
func IsUnlimited(w int64) bool  { return w >= unlimited }

// A Cell is a piece of memory: its name in the structure, its value, whether one goroutine at a
// time owns it, and the number from 1 of the lock that guards it, if one does.
type Cell struct {
	Name  string
	Value int64
	Own   bool
	Guard int
}

// Attach sends every operation on the memory of b and of its accounts to yield, with the number of
// the cell, and returns the cells. From then on the memory is the attacher's: b's own is neither
// read nor written. The budget is given so many stocks besides, for accounts that are made later.
// Then yield also answers OpNewStock. A budget of more than MaxStocks has no spares, and its
// accounts stay the same.
func Attach(b *Budget, spares int, yield func(cell int, op Op) int64) []Cell {
	fixed := spares == 0 && len(b.stocks.stocks) > MaxStocks
	if !fixed {
		b.stocks.list.v = b.stocks.pack(b.stocks.stocks)
	}
	for range spares {
		b.stocks.stocks = append(b.stocks.stocks, new(stock))
	}
	if n := len(b.stocks.stocks); n > MaxStocks && !fixed {
		panic(fmt.Sprintf("casalloc: %d stocks, want at most %d", n, MaxStocks))
	}
	var cells []Cell
	setter := 0
	eachCell(reflect.ValueOf(b).Elem(), "", func(name string, c *cell, t reflect.Type) {
		i := len(cells)
		cells = append(cells, Cell{Name: name, Value: c.v, Own: t == reflect.TypeFor[ownInt64]()})
		switch t {
		case reflect.TypeFor[mutex]():
			setter = i + 1
		case reflect.TypeFor[stockList]():
			cells[i].Guard = setter
			if fixed {
				return
			}
		}
		c.yield = func(op Op) int64 { return yield(i, op) }
	})
	return cells
}

// AccountOf returns the account of stock i of an attached budget.
func AccountOf(b *Budget, i int) *Account { return &Account{b, b.stocks.stocks[i]} }

// Drop is what happens when nobody has a any more.
func Drop(a *Account) { a.budget.drop(a.stock) }

// eachCell visits the cells of v, with the type that each is the memory of. It panics on memory
// that is no cell: it could be shared, and no schedule would know.
func eachCell(v reflect.Value, name string, visit func(name string, c *cell, t reflect.Type)) {
	switch t := v.Type(); {
	case t == reflect.TypeFor[ownInt64](), t == reflect.TypeFor[atomicInt64](), t == reflect.TypeFor[mutex]():
		visit(name, (*cell)(unsafe.Pointer(v.UnsafeAddr())), t)
	case t == reflect.TypeFor[stockList]():
		l := (*stockList)(unsafe.Pointer(v.UnsafeAddr()))
		visit(name, &l.list, t)
		eachCell(reflect.ValueOf(l.stocks), name, visit)
	case v.Kind() == reflect.Struct:
		if name != "" {
			name += "."
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" {
				eachCell(v.Field(i), name+f.Name, visit)
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			eachCell(v.Index(i).Elem(), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			eachCell(v.Index(i), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	default:
		panic(fmt.Sprintf("casalloc: %s is shared memory of type %v", name, v.Type()))
	}
}

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

// A Cell is a piece of memory: its name in the structure, its value, and whether one goroutine at a
// time owns it.
type Cell struct {
	Name  string
	Value int64
	Own   bool
}

// Attach sends every operation on the memory of b and of its accounts to yield, with the number of
// the cell, and returns the cells. From then on the memory is the attacher's: b's own is neither
// read nor written.
func Attach(b *Budget, yield func(cell int, op Op) int64) []Cell {
	var cells []Cell
	eachCell(reflect.ValueOf(b).Elem(), "", func(name string, c *cell, own bool) {
		i := len(cells)
		cells = append(cells, Cell{name, c.v, own})
		c.yield = func(op Op) int64 { return yield(i, op) }
	})
	return cells
}

// eachCell panics on memory that is no cell: it could be shared, and no schedule would know.
func eachCell(v reflect.Value, name string, visit func(name string, c *cell, own bool)) {
	own := v.Type() == reflect.TypeFor[ownInt64]()
	switch {
	case own, v.Type() == reflect.TypeFor[atomicInt64](), v.Type() == reflect.TypeFor[mutex]():
		visit(name, (*cell)(unsafe.Pointer(v.UnsafeAddr())), own)
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

package wazeromem_test

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	page = 64 << 10 // bytes

	unreachable = "\x00"
	drop        = "\x1a"
	memoryGrow  = "\x40\x00"
	store7      = "\x41\x07\x3a\x00\x00" // i32.const 7, i32.store8
)

// guest is a module with a memory of min to max pages, exported as m, and these functions of it.
func guest(min, max uint32) wasm {
	return wasm{memory: limits(min, max), exports: []string{name("m") + "\x02\x00"}, functions: []function{
		grows, accesses, {name: "size", typ: toI32, body: "\x3f\x00"}, // memory.size
	}}
}

// access writes 7 to the address, and returns what it then reads there.
var (
	grows    = function{name: "grow", typ: i32ToI32, body: "\x20\x00" + memoryGrow} // local.get 0
	accesses = function{name: "access", typ: i32ToI32, body: "\x20\x00" + store7 + "\x20\x00\x2d\x00\x00"}
)

// A wasm is a module in the parts of its binary. A part is as the binary has it, without what
// follows from the rest, such as its length.
type wasm struct {
	imports   []imported
	functions []function
	tables    []string
	memory    string
	globals   []string
	exports   []string // besides functions
	start     string   // the body of a start function; "": there is none
	elements  []string
	data      []string
}

type function struct {
	name   string // under which it is exported; "": it is not
	typ    byte
	locals string // "": none
	body   string // without its end
}

// Types of functions.
const (
	nothing = iota
	i32ToI32
	toI32
	pathOpen // of WASI
)

var types = []string{"\x60\x00\x00", "\x60\x01\x7f\x01\x7f", "\x60\x00\x01\x7f",
	"\x60\x09\x7f\x7f\x7f\x7f\x7f\x7e\x7e\x7f\x7f\x01\x7f"}

func (w wasm) binary() []byte {
	b := "\x00asm\x01\x00\x00\x00"
	section := func(id byte, items ...string) {
		if len(items) == 0 || items[0] == "" {
			return
		}
		body := string(leb(uint32(len(items))))
		for _, item := range items {
			body += item
		}
		b += string(id) + name(body)
	}
	var kinds, bodies []string
	var imports []string
	first := 0 // of the functions that are not imported
	for _, i := range w.imports {
		imports = append(imports, name(i.module)+name(i.field)+i.what)
		if i.what[0] == 0 {
			first++
		}
	}
	start := string(leb(uint32(first + len(w.functions))))
	if w.start != "" {
		w.functions = append(slices.Clip(w.functions), function{body: w.start})
	}
	for i, f := range w.functions {
		kinds, bodies = append(kinds, string(f.typ)), append(bodies, name(cmp.Or(f.locals, "\x00")+f.body+"\x0b"))
		if f.name != "" {
			w.exports = append(w.exports, name(f.name)+"\x00"+string(leb(uint32(first+i))))
		}
	}
	section(1, types...)
	section(2, imports...)
	section(3, kinds...)
	section(4, w.tables...)
	section(5, w.memory)
	section(6, w.globals...)
	section(7, w.exports...)
	if w.start != "" {
		b += "\x08" + name(start)
	}
	section(9, w.elements...)
	section(10, bodies...)
	section(11, w.data...)
	return []byte(b)
}

// An imported is an import. What it is begins with its kind: a function with 0, and has its type
// then.
type imported struct{ module, field, what string }

// limits is min and max as wasm has them.
func limits(min, max uint32) string { return "\x01" + string(leb(min)) + string(leb(max)) }

// table is a table of functions that has a maximum, or none: a negative one.
func table(min uint32, max int64) string {
	if max < 0 {
		return "\x70\x00" + string(leb(min))
	}
	return "\x70" + limits(min, uint32(max))
}

// datum is a segment of one byte at an address.
func datum(at uint32) string { return "\x00" + constant(at) + "\x0b\x01x" }

// name is a string as wasm has it.
func name(s string) string { return string(leb(uint32(len(s)))) + s }

// constant is i32.const.
func constant(n uint32) string { return fmt.Sprintf("\x41%s", sleb(n)) }

// leb is n as wasm has it, unsigned.
func leb(n uint32) []byte {
	var b []byte
	for ; n >= 1<<7; n >>= 7 {
		b = append(b, byte(n)|1<<7)
	}
	return append(b, byte(n))
}

// sleb is n < 1<<31 as wasm has it, signed.
func sleb(n uint32) []byte {
	var b []byte
	for ; n >= 1<<6; n >>= 7 {
		b = append(b, byte(n)&(1<<7-1)|1<<7)
	}
	return append(b, byte(n))
}

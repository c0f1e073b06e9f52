package wazeromem

import "fmt"

// effects is what the code of a module can do that makes the host hold more, besides memory.grow.
type effects struct {
	grows   map[uint64]bool // tables, by index
	refFunc bool
}

// scan adds the effects of the body of a function that wazero has found valid. It fails at an
// instruction that it does not know, and if the end of the function is not where the body ends:
// then it has read it otherwise than wazero.
func (e *effects) scan(body []byte) error {
	r := reader{left: body, found: e}
	blocks := 1 // that are open; the body is one
	for len(r.left) > 0 && blocks > 0 {
		at := len(body) - len(r.left)
		op := r.byte()
		switch op {
		case opBlock, opLoop, opIf, opTryTable:
			blocks++
		case opEnd:
			blocks--
		case opRefFunc:
			e.refFunc = true
		}
		if read := operands[op]; read != nil {
			read(&r)
		} else {
			r.bad = true
		}
		if r.bad {
			return fmt.Errorf("instruction %#02x at byte %d of its body is unknown", op, at)
		}
	}
	if blocks != 0 || len(r.left) != 0 {
		return fmt.Errorf("its body ends with %d blocks open, %d bytes before the end", blocks, len(r.left))
	}
	return nil
}

// Opcodes that scan and operands look at.
const (
	opBlock, opLoop, opIf  = 0x02, 0x03, 0x04
	opEnd                  = 0x0b
	opBrTable              = 0x0e
	opTypedSelect          = 0x1c
	opTryTable             = 0x1f
	opF32Const, opF64Const = 0x43, 0x44
	opRefFunc              = 0xd2
	opMisc                 = 0xfc
	opMiscTableGrow        = 0x0f // after opMisc
	opVector, opAtomic     = 0xfd, 0xfe
)

// operands has, for each opcode, what reads its operands, or nil.
var operands = func() (all [256]func(*reader)) {
	numbers := [...]func(*reader){
		func(*reader) {}, func(r *reader) { r.numbers(1) }, func(r *reader) { r.numbers(2) },
	}
	for _, row := range []struct{ from, to, numbers byte }{
		{0x00, 0x01, 0}, // unreachable, nop
		{0x05, 0x05, 0}, // else
		{0x08, 0x08, 1}, // throw
		{0x0a, 0x0b, 0}, // throw_ref, end
		{0x0c, 0x0d, 1}, // br, br_if
		{0x0f, 0x0f, 0}, // return
		{0x10, 0x10, 1}, // call
		{0x11, 0x11, 2}, // call_indirect
		{0x12, 0x12, 1}, // return_call
		{0x13, 0x13, 2}, // return_call_indirect
		{0x14, 0x15, 1}, // call_ref, return_call_ref
		{0x1a, 0x1b, 0}, // drop, select
		{0x20, 0x26, 1}, // locals, globals, table.get, table.set
		{0x28, 0x3e, 2}, // loads and stores
		{0x3f, 0x42, 1}, // memory.size, memory.grow, i32.const, i64.const
		{0x45, 0xc4, 0}, // arithmetic
		{0xd0, 0xd0, 1}, // ref.null
		{0xd1, 0xd1, 0}, // ref.is_null
		{0xd2, 0xd2, 1}, // ref.func
		{0xd4, 0xd4, 0}, // ref.as_non_null
		{0xd5, 0xd6, 1}, // br_on_null, br_on_non_null
	} {
		for op := int(row.from); op <= int(row.to); op++ {
			all[op] = numbers[row.numbers]
		}
	}
	for op, read := range map[byte]func(*reader){
		opBlock: (*reader).blockType, opLoop: (*reader).blockType, opIf: (*reader).blockType,
		opBrTable:     (*reader).labels,
		opTypedSelect: (*reader).valueTypes,
		opTryTable:    (*reader).catches,
		opF32Const:    func(r *reader) { r.skip(4) },
		opF64Const:    func(r *reader) { r.skip(8) },
		opMisc:        (*reader).misc,
		opVector:      (*reader).vector,
		opAtomic:      (*reader).atomic,
	} {
		all[op] = read
	}
	return all
}()

// A reader reads the body of a function. What it reads beyond the end is 0, and bad.
type reader struct {
	left  []byte
	bad   bool
	found *effects
}

func (r *reader) skip(n int) {
	if n > len(r.left) {
		n, r.bad = len(r.left), true
	}
	r.left = r.left[n:]
}

func (r *reader) byte() (b byte) {
	if len(r.left) > 0 {
		b = r.left[0]
	}
	r.skip(1)
	return b
}

// number reads a LEB128 number, of which 64 bits matter.
func (r *reader) number() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (r *reader) numbers(n uint64) {
	for ; n > 0 && !r.bad; n-- {
		r.number()
	}
}

const refNull, ref = 0x63, 0x64 // types that a heap type follows

// blockType reads the type of a block, a signed number of 33 bits: negative for a type of values.
func (r *reader) blockType() {
	length := len(r.left)
	n := r.number()
	if r.bad {
		return
	}
	bits := 7 * (length - len(r.left))
	if sign := uint64(1) << (bits - 1); n&sign != 0 {
		n |= -sign
	}
	if n == ^uint64(0x7f-refNull) || n == ^uint64(0x7f-ref) {
		r.number()
	}
}

func (r *reader) valueTypes() {
	r.skip(1) // their number, which is 1
	if b := r.byte(); b == refNull || b == ref {
		r.number()
	}
}

func (r *reader) labels() {
	r.numbers(r.number())
	r.number() // the default
}

func (r *reader) catches() {
	r.blockType()
	for n := r.number(); n > 0 && !r.bad; n-- {
		switch r.byte() {
		case 0, 1: // catch, catch_ref: a tag and a label
			r.numbers(2)
		case 2, 3: // catch_all, catch_all_ref: a label
			r.numbers(1)
		default:
			r.bad = true
		}
	}
}

// misc reads what follows opMisc: conversions, and instructions of memories and tables in bulk.
func (r *reader) misc() {
	numbers := [...]uint64{0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1}
	op := r.number()
	switch {
	case op == opMiscTableGrow:
		r.found.grows[r.number()] = true
	case op < uint64(len(numbers)):
		r.numbers(numbers[op])
	default:
		r.bad = true
	}
}

// vector reads what follows opVector. As for wazero, that is a byte and operands: where it is a
// number of two bytes, the second is a nop.
func (r *reader) vector() {
	switch op := r.byte(); {
	case op <= 0x0b, op == 0x5c, op == 0x5d: // loads, and the store
		r.numbers(2)
	case op == 0x0c, op == 0x0d: // v128.const, i8x16.shuffle
		r.skip(16)
	case 0x15 <= op && op <= 0x22: // lanes
		r.skip(1)
	case 0x54 <= op && op <= 0x5b: // loads and stores of a lane
		r.numbers(2)
		r.skip(1)
	}
}

// atomic reads what follows opAtomic, likewise.
func (r *reader) atomic() {
	if op := r.byte(); op == 0x03 { // atomic.fence
		r.skip(1)
		return
	}
	r.numbers(2)
}

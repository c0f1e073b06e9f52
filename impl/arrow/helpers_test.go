package arrowmem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// backends are those that the tests run over. Mmap is added where there is one.
var backends = []struct {
	name string
	impl.Backend
	piece int // blocks are whole multiples of it, in bytes
}{{"Heap", arrowmem.Heap{}, 64}}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// limited returns a budget with a limit, a tenant of it, and an allocator of that tenant.
func limited(t testing.TB, limit int64, backend impl.Backend) (*impl.Budget, *impl.Tenant, *arrowmem.Allocator) {
	t.Helper()
	b := impl.NewBudget()
	must(t, b.SetLimit(limit))
	tenant := b.NewTenant()
	return b, tenant, arrowmem.New(tenant, backend)
}

// nothingLeft checks that nothing is charged any more.
func nothingLeft(t *testing.T, b *impl.Budget) {
	t.Helper()
	if n := b.Stats().Allocated; n != 0 {
		t.Errorf("Exact: %d bytes charged at the end", n)
	}
}

// catch returns what f panicked with, or nil.
func catch(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// A column is one of the fifteen types of the tests, and its value in row i as JSON has it.
type column struct {
	name  string
	dtype arrow.DataType
	value func(i int) any
}

var columns = []column{
	{"bool", arrow.FixedWidthTypes.Boolean, func(i int) any { return i%3 == 0 }},
	{"int64", arrow.PrimitiveTypes.Int64, func(i int) any { return i * 7919 }},
	{"float64", arrow.PrimitiveTypes.Float64, func(i int) any { return float64(i) / 8 }},
	{"decimal128", &arrow.Decimal128Type{Precision: 20, Scale: 2}, func(i int) any { return fmt.Sprintf("%d.25", i) }},
	{"timestamp", arrow.FixedWidthTypes.Timestamp_us,
		func(i int) any { return fmt.Sprintf("2026-11-29T03:%02d:07Z", i%60) }},
	{"fixed_size_binary", &arrow.FixedSizeBinaryType{ByteWidth: 12},
		func(i int) any { return fmt.Appendf(nil, "%012d", i) }},
	{"string", arrow.BinaryTypes.String, text},
	{"large_binary", arrow.BinaryTypes.LargeBinary, func(i int) any { return []byte(text(i).(string)) }},
	{"string_view", arrow.BinaryTypes.StringView, text},
	{"list", arrow.ListOf(arrow.PrimitiveTypes.Int32), func(i int) any { return make([]int, i%5) }},
	{"fixed_size_list", arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Int16), func(i int) any { return []int{i, 1, 2} }},
	{"map", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64),
		func(i int) any { return []any{map[string]any{"key": text(i), "value": i}} }},
	{"struct", arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8, Nullable: true},
		arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true}),
		func(i int) any { return map[string]any{"a": i % 100, "b": text(i)} }},
	{"dictionary", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String},
		func(i int) any { return text(i % 9) }},
	{"run_end_encoded", arrow.RunEndEncodedOf(arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.String),
		func(i int) any { return text(i / 4) }},
}

func text(i int) any { return strings.Repeat("ab", i%17) }

// json is the values of so many rows. Each seventh is null.
func (c column) json(rows int) []byte {
	values := make([]any, rows)
	for i := range values {
		if i%7 != 6 {
			values[i] = c.value(i)
		}
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return b
}

// build returns an array of so many rows.
func (c column) build(mem memory.Allocator, rows int) (arrow.Array, error) {
	b := array.NewBuilder(mem, c.dtype)
	defer b.Release()
	if err := b.UnmarshalJSON(c.json(rows)); err != nil {
		return nil, err
	}
	return b.NewArray(), nil
}

// record returns a record of some columns and so many rows.
func record(mem memory.Allocator, rows int, columns ...column) (arrow.RecordBatch, error) {
	var fields []arrow.Field
	var arrays []arrow.Array
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	for _, c := range columns {
		a, err := c.build(mem, rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		fields = append(fields, arrow.Field{Name: c.name, Type: c.dtype, Nullable: true})
		arrays = append(arrays, a)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows)), nil
}

// A tracker is an allocator that knows which blocks of another one are not freed, and which
// function of arrow-go asked for each. It has the k-th growth refused.
type tracker struct {
	memory.Allocator
	k      int
	refuse func(growth func()) // has growth refused

	lock    sync.Mutex // of the rest
	growths int
	refused string // the function whose growth was refused
	live    map[*byte]tracked
}

type tracked struct {
	size int // bytes
	by   string
}

func track(mem memory.Allocator, k int, refuse func(growth func())) *tracker {
	return &tracker{Allocator: mem, k: k, refuse: refuse, live: make(map[*byte]tracked)}
}

func (t *tracker) Allocate(size int) []byte { return t.Reallocate(size, nil) }

func (t *tracker) Reallocate(size int, b []byte) (block []byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	by := caller()
	do := func() {
		if b == nil {
			block = t.Allocator.Allocate(size)
		} else {
			block = t.Allocator.Reallocate(size, b)
		}
	}
	if size > len(b) {
		t.growths++
	}
	if size > len(b) && t.growths == t.k {
		t.refused = by
		t.refuse(do)
	} else {
		do()
	}
	t.forget(b)
	if len(block) > 0 {
		t.live[unsafe.SliceData(block)] = tracked{len(block), by}
	}
	return block
}

func (t *tracker) Free(b []byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.forget(b)
	t.Allocator.Free(b)
}

// forget panics if b is no block, or not the whole of one.
func (t *tracker) forget(b []byte) {
	if len(b) == 0 {
		return
	}
	p := unsafe.SliceData(b)
	if was, ok := t.live[p]; !ok || was.size != len(b) {
		panic(fmt.Sprintf("arrow-go passes %d bytes, of a block of %d", len(b), was.size))
	}
	delete(t.live, p)
}

// leaked returns the functions that asked for the blocks that are not freed, and how many bytes
// these take of whole pieces of 64.
func (t *tracker) leaked() (by []string, n int64) {
	for _, l := range t.live {
		by = append(by, l.by)
		n += int64(arrowmem.Heap{}.Size(l.size))
	}
	slices.Sort(by)
	return by, n
}

// caller returns the function of arrow-go, outside package memory, that asks for a block.
func caller() string {
	const arrowGo = "github.com/apache/arrow-go/v18/arrow/"
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		frame, more := frames.Next()
		name, ok := strings.CutPrefix(frame.Function, arrowGo)
		if ok && !strings.HasPrefix(name, "memory.") || !more {
			return name
		}
	}
}

// asRefusal returns the refusal that err is or wraps.
func asRefusal(err error) impl.Refusal {
	r, _ := errors.AsType[impl.Refusal](err)
	return r
}

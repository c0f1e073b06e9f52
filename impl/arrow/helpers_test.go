package arrowmem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

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

// limited returns a budget with a limit, a query's child of it, whose own limit is far, and an
// allocator of that query.
func limited(t testing.TB, limit int64, backend impl.Backend) (b, query *impl.Budget, mem *arrowmem.Allocator) {
	t.Helper()
	b = impl.NewBudget()
	must(t, b.SetLimit(limit))
	query = b.NewChild(impl.MaxSize)
	return b, query, arrowmem.New(query, backend)
}

// nothingLeft checks that nothing is charged any more.
func nothingLeft(t *testing.T, b *impl.Budget) {
	t.Helper()
	if n := b.Exact().Used; n != 0 {
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

// record returns a record of some columns and so many rows. Each seventh value is null.
func record(mem memory.Allocator, rows int, columns ...column) (arrow.RecordBatch, error) {
	var fields []arrow.Field
	values := make([]map[string]any, rows)
	for i := range values {
		values[i] = make(map[string]any)
	}
	for _, c := range columns {
		fields = append(fields, arrow.Field{Name: c.name, Type: c.dtype, Nullable: true})
		for i := range values {
			if i%7 != 6 {
				values[i][c.name] = c.value(i)
			}
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	rec, _, err := array.RecordFromJSON(mem, arrow.NewSchema(fields, nil), bytes.NewReader(text))
	return rec, err
}

// asRefusal returns the refusal that err is or wraps.
func asRefusal(err error) impl.Refusal {
	r, _ := errors.AsType[impl.Refusal](err)
	return r
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"casalloc/impl/internal/samples"
)

// The charts of the page show its tables.
func TestChartsCurrent(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := charts(".md", page)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d charts, %v", len(all), err)
	}
	for name, want := range all {
		if got, err := os.ReadFile("../" + name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v): cd impl/bench && go run ./plot README.md", name, err)
		}
	}
}

const page = `
| ns a call and goroutine | far, 1 | far, 2 | far, 4 | far, 8 | limit, 1 | limit, 2 | limit, 4 | limit, 8 | trace, 1 | trace, 2 | trace, 4 | trace, 8 |
|---|--:|
| haproxy | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 |
| children | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31 | 32 |
| word | 41 | 42 | 43 | 44 | 45 | 46 | 47 | 48 | 49 | 50 | 51 | 52 |
| mutex | 81 | 82 | 83 | 84 | 85 | 86 | 87 | 88 | 89 | 90 | 91 | 92 |
| semaphore | 101 | 102 | 103 | 104 | 105 | 106 | 107 | 108 | 109 | 110 | 111 | 112 |

| script | plain counters | HAProxy in C | unlimited | child |
|---|--:|--:|--:|--:|
| sort | 1.01 / 1.02 | 1.03 / 1.04 | 1.05 / 1.06 | 1.07 / 0.91 |
| worst script | 1.11 / 1.12 | 1.13 / 1.14 | 1.15 / 1.16 | 1.17 / 1.18 |

`

// A number of a table is beside its name in the chart, and a curve or a bar moves with it.
func TestNumbers(t *testing.T) {
	all, err := charts(".md", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	for chart, texts := range map[string][]string{
		"scaling.svg":  {"HAProxy 4.0", "children 28.0", "shared word 52.0", "mutex 88.0"},
		"luaprice.svg": {"sort", "1.01", "1.02", "1.03", "1.04", "1.05", "1.06", "1.07", "0.91"},
	} {
		for _, text := range texts {
			if n := strings.Count(string(all[chart]), ">"+text+"<"); n != 1 {
				t.Errorf("%s says %q %d times, want once", chart, text, n)
			}
		}
	}
	for _, number := range []string{" 6 ", " 21 ", " 92 ", " 1.03 ", " 0.91 "} {
		other, err := charts(".md", []byte(strings.Replace(page, number, " 1.99 ", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if paths(all) == paths(other) {
			t.Errorf("nothing moves for%s", number)
		}
	}
}

// paths returns what is drawn in all charts and is no text.
func paths(all map[string][]byte) (drawn string) {
	for _, name := range []string{"scaling.svg", "luaprice.svg"} {
		drawn += fmt.Sprintf("%s", regexp.MustCompile(`<path d="[^"]*`).FindAll(all[name], -1))
	}
	return drawn
}

// The limit and the refusals are steps: they hold until the sample that shows others. What is used
// is a line between samples.
func TestSteps(t *testing.T) {
	svg, err := used([]byte(samples.Header + "\n0,8388608,0,0,0\n1,2097152,2097152,1048576,3\n2,2097152,0,0,3\n"))
	if err != nil {
		t.Fatal(err)
	}
	for color, points := range map[string]int{"#1F2328;stroke-width:2": 5, "#0550AE;stroke-width:1.4": 3} {
		line := regexp.MustCompile(`<path d="M([^"]*)"[^>]*stroke:` + color).FindSubmatch(svg)
		if line == nil || len(strings.Split(string(line[1]), "L")) != points {
			t.Errorf("%s: %s, want a line of %d points", color, line, points)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ ext, in, want string }{
		{".md", "no tables", "no table"},
		{".md", strings.ReplaceAll(page, "| mutex |", "| lock |"), "no number 1 at mutex, far, 1"},
		{".md", strings.ReplaceAll(page, " 1.03 / 1.04 ", " 1.03 "), "no number 2 at sort, HAProxy in C"},
		{".csv", "seconds,limit\n0,1\n1,1\n", "want the columns " + samples.Header},
		{".csv", samples.Header + "\n0,1,0,0,0\n", "two rows or more"},
		{".csv", samples.Header + "\n0,1,0,0,0\n1,x,0,0,0\n", `line 3: strconv.ParseFloat: parsing "x"`},
		{".csv", samples.Header + "\n0,1,0,0,0\n1,1\n", "wrong number of fields"},
	} {
		if all, err := charts(c.ext, []byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) || all != nil {
			t.Errorf("%.40q: %d charts, %v; want none, and %q", c.in, len(all), err, c.want)
		}
	}
}

package prove

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	var without []string
	if w := os.Getenv("WITHOUT"); w != "" {
		without = []string{w}
	}
	for _, th := range Theorems {
		if th.Name != os.Getenv("THEOREM") {
			continue
		}
		dir := os.Getenv("DIR")
		if dir == "" {
			dir = ".."
		}
		start := time.Now()
		ps, err := th.obligations(context.Background(), os.Getenv("TLA2TOOLS_JAR"), dir, without)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(len(ps), "problems", time.Since(start))
		total, open := 0, 0
		for i, p := range ps {
			if from, _ := strconv.Atoi(os.Getenv("FROM")); i < from {
				continue
			}
			if o := os.Getenv("ONLY"); o != "" && !strings.Contains(p.name, o) {
				continue
			}
			smt := write(p, []string{":smt.mbqi false", ":smt.arith.solver 2", ":rlimit 20000000"})
			file := fmt.Sprintf("/tmp/x/smt/%03d_%s.smt2", i, p.name)
			os.WriteFile(file, []byte(smt), 0o644)
			s := time.Now()
			a, err := ask(context.Background(), smt)
			if err != nil {
				t.Fatal(file, err)
			}
			var bad []string
			for i, x := range a {
				total++
				if x != "unsat" {
					open++
					bad = append(bad, p.goals[i].name+":"+x)
				}
			}
			fmt.Printf("%3d %-20s %3d goals %6d bytes %.2fs %v\n", i, p.name, len(a), len(smt), time.Since(s).Seconds(), bad)
		}
		fmt.Println(total, "goals", open, "open", time.Since(start))
	}
}

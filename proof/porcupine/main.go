// Judges claims by linearizability: each wish is a register that is free or held by one claim.
//
// One wish a line on stdin, one verdict a line on stdout; what is not Ok is drawn into -pictures.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/anishathalye/porcupine"
)

const longestLine = 16 << 20 // bytes: a wish with thousands of operations

// Operation is what one client saw. Times are nanoseconds of one monotonic clock.
type Operation struct {
	Client int    `json:"client"`
	Act    string `json:"act"`   // claim, release, hold
	Saw    string `json:"saw"`   // done, lost, unknown
	Claim  string `json:"claim"` // what was won, given back or held
	Call   int64  `json:"call"`
	Return int64  `json:"return"`
}

// Wish is the history of one register.
type Wish struct {
	Wish       string      `json:"wish"`
	Operations []Operation `json:"operations"`
}

// Verdict is Ok, Illegal or Unknown: Unknown means that the time ran out, and is no pass.
type Verdict struct {
	Wish    string `json:"wish"`
	Verdict string `json:"verdict"`
	Picture string `json:"picture,omitempty"`
}

const free = ""

// step gives every state that may follow; none when the answer is impossible in this state.
func step(state, input, _ interface{}) []interface{} {
	holder, op := state.(string), input.(Operation)
	stays := []interface{}{holder}
	switch {
	case op.Act == "claim" && op.Saw == "lost" && holder != free:
		return stays
	case op.Act == "claim" && op.Saw == "done" && holder == free:
		return []interface{}{op.Claim}
	case op.Act == "claim" && op.Saw == "unknown":
		if holder == free {
			return []interface{}{free, op.Claim}
		}
		return stays
	case op.Act == "release" && op.Saw == "done" && holder == op.Claim:
		return []interface{}{free}
	case op.Act == "release" && op.Saw == "unknown":
		if holder == op.Claim {
			return []interface{}{holder, free}
		}
		return stays
	case op.Act == "hold" && holder == op.Claim:
		return stays
	}
	return nil
}

var register = porcupine.NondeterministicModel{
	Init: func() []interface{} { return []interface{}{free} },
	Step: step,
	DescribeOperation: func(input, _ interface{}) string {
		op := input.(Operation)
		return fmt.Sprintf("%s %s: %s", op.Act, op.Claim, op.Saw)
	},
	DescribeState: func(state interface{}) string {
		if state == free {
			return "free"
		}
		return fmt.Sprintf("held by %v", state)
	},
}

func judge(wish Wish, limit time.Duration, pictures string) (Verdict, error) {
	history := make([]porcupine.Operation, 0, len(wish.Operations))
	for _, op := range wish.Operations {
		history = append(history, porcupine.Operation{
			ClientId: op.Client, Input: op, Call: op.Call, Output: nil, Return: op.Return,
		})
	}
	model := register.ToModel()
	result, info := porcupine.CheckOperationsVerbose(model, history, limit)
	verdict := Verdict{Wish: wish.Wish, Verdict: string(result)}
	if result == porcupine.Ok || pictures == "" {
		return verdict, nil
	}
	verdict.Picture = filepath.Join(pictures, "claims-"+filepath.Base(wish.Wish)+".html")
	return verdict, porcupine.VisualizePath(model, info, verdict.Picture)
}

func run(limit time.Duration, pictures string) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var wish Wish
		if err := json.Unmarshal(lines.Bytes(), &wish); err != nil {
			return err
		}
		verdict, err := judge(wish, limit, pictures)
		if err != nil {
			return err
		}
		if err := out.Encode(verdict); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	limit := flag.Duration("limit", 5*time.Second, "for each wish")
	pictures := flag.String("pictures", "", "folder for what is not Ok")
	flag.Parse()
	if err := run(*limit, *pictures); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

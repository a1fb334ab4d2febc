package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	f "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const size = 70000

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func skey(name string, alg byte) (string, string) {
	seed := sha256.Sum256([]byte("hai log vector " + name))
	priv := ed25519.NewKeyFromSeed(seed[:])
	pub := append([]byte{alg}, priv.Public().(ed25519.PublicKey)...)
	h := sha256.Sum256(append([]byte(name+"\n"), pub...))
	id := fmt.Sprintf("%x", h[:4])
	// The signer's own key hash is of the type in its key; cosignature signers take type 1 and make type 4.
	s1 := append([]byte{1}, seed[:]...)
	pub1 := append([]byte{1}, pub[1:]...)
	h1 := sha256.Sum256(append([]byte(name+"\n"), pub1...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%x+%s", name, h1[:4], base64.StdEncoding.EncodeToString(s1)),
		fmt.Sprintf("%s+%s+%s", name, id, base64.StdEncoding.EncodeToString(pub))
}

func entry(i int64) []byte { return []byte{byte(i), byte(i >> 8), byte(i >> 16)} }

func b(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }
func bs(p []tlog.Hash) []string {
	out := []string{}
	for _, h := range p {
		out = append(out, b(h))
	}
	return out
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "verify" {
		verify(os.Args[2])
		return
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(idx))
		for i, x := range idx {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i := int64(0); i < size; i++ {
		stored = append(stored, must(tlog.StoredHashes(i, entry(i), reader))...)
	}
	type root struct{ Size, Root string }
	type incl struct {
		Index, Size string
		Path        []string
	}
	type cons struct {
		From, To string
		Path     []string
	}
	out := map[string]any{}
	roots := []root{}
	sizes := []int64{1, 2, 3, 255, 256, 257, 511, 512, 4095, 65535, 65536, 65537, 69999, 70000}
	for _, n := range sizes {
		roots = append(roots, root{fmt.Sprint(n), b(must(tlog.TreeHash(n, reader)))})
	}
	out["roots"] = roots
	ins := []incl{}
	for _, p := range [][2]int64{{0, 1}, {0, 70000}, {255, 256}, {256, 257}, {300, 512}, {65535, 65536}, {65536, 65537}, {69999, 70000}, {40000, 69999}} {
		ins = append(ins, incl{fmt.Sprint(p[0]), fmt.Sprint(p[1]), bs(must(tlog.ProveRecord(p[1], p[0], reader)))})
	}
	out["inclusion"] = ins
	cs := []cons{}
	for i, from := range sizes {
		for _, to := range sizes[i:] {
			if (i+int(to))%3 != 0 && to != 70000 {
				continue
			}
			cs = append(cs, cons{fmt.Sprint(from), fmt.Sprint(to), bs(must(tlog.ProveTree(to, from, reader)))})
		}
	}
	out["consistency"] = cs
	paths := []string{}
	for _, t := range tlog.NewTiles(8, 0, 70000) {
		p := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		if len(paths) < 3 || t.L > 0 || t.W < 256 {
			paths = append(paths, p)
		}
	}
	for _, n := range []int64{999, 1000, 1234067, 999999999} {
		paths = append(paths, strings.Replace(tlog.Tile{H: 8, L: 3, N: n, W: 256}.Path(), "tile/8/", "tile/", 1))
	}
	out["tilePaths"] = paths
	genesis := strings.Repeat("03", 32)
	origin := "hai-chain/" + genesis
	ls, lv := skey(origin, 1)
	w1s, w1v := skey("witness.test/w1", 4)
	w2s, w2v := skey("witness.test/w2", 4)
	text := fmt.Sprintf("%s\n70000\n%s\n", origin, b(must(tlog.TreeHash(70000, reader))))
	msg := must(note.Sign(&note.Note{Text: text}, must(note.NewSigner(ls)), must(f.NewSignerForCosignatureV1(w1s)), must(f.NewSignerForCosignatureV1(w2s))))
	must(note.Open(msg, note.VerifierList(must(note.NewVerifier(lv)), must(f.NewVerifierForCosignatureV1(w1v)), must(f.NewVerifierForCosignatureV1(w2v)))))
	out["genesis"] = genesis
	out["logKey"] = lv
	out["witnesses"] = []string{w1v, w2v}
	out["checkpoint"] = string(msg)
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	enc.Encode(out)
}

// verify FILE: {logKey, witnesses, checkpoint} made elsewhere.
func verify(path string) {
	var in struct {
		LogKey     string
		Witnesses  []string
		Checkpoint string
	}
	if err := json.Unmarshal(must(os.ReadFile(path)), &in); err != nil {
		panic(err)
	}
	vs := []note.Verifier{must(note.NewVerifier(in.LogKey))}
	for _, w := range in.Witnesses {
		vs = append(vs, must(f.NewVerifierForCosignatureV1(w)))
	}
	n := must(note.Open([]byte(in.Checkpoint), note.VerifierList(vs...)))
	fmt.Println("verified", len(n.Sigs), "unverified", len(n.UnverifiedSigs))
}

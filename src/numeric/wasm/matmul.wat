;; Matrix products of float32 with 128-bit vectors, for src/numeric/matmul.ts. All arguments but m, n and k are bytes: addresses and distances of rows.
;;
;; Every element is summed in one order, whatever the shape, so that a row does not depend on how many rows are computed with it:
;;   transposed (y = x w'): four lanes, lane l takes k = l, l+4, l+8, ... in rising order; then (lane 0 + lane 1) + (lane 2 + lane 3)
;;   plain      (y = a b):  k in rising order
;; A last part of k shorter than four is filled with zeros. No relaxed instructions: the same bits on every machine.
(module
  (import "space" "memory" (memory 1))

  (func $laneSum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; The 1 to 3 numbers at an address, zeros above them.
  (func $tail (param $at i32) (param $count i32) (result v128)
    (if (result v128) (i32.eq (local.get $count) (i32.const 1))
      (then (v128.load32_zero (local.get $at)))
      (else
        (if (result v128) (i32.eq (local.get $count) (i32.const 2))
          (then (v128.load64_zero (local.get $at)))
          (else (v128.load32_lane offset=8 2 (local.get $at) (v128.load64_zero (local.get $at))))))))

  ;; Dot product of a row of x and a row of w.
  (func $dot (param $x i32) (param $w i32) (param $k i32) (result f32)
    (local $sum v128) (local $end i32) (local $rest i32)
    (local.set $rest (i32.and (local.get $k) (i32.const 3)))
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.sub (local.get $k) (local.get $rest)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (v128.load (local.get $x)) (v128.load (local.get $w)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (br $next)))
    (if (local.get $rest)
      (then
        (local.set $sum
          (f32x4.add
            (local.get $sum)
            (f32x4.mul (call $tail (local.get $x) (local.get $rest)) (call $tail (local.get $w) (local.get $rest)))))))
    (call $laneSum (local.get $sum)))

  ;; Four rows of x against two rows of w: eight sums in registers.
  (func $tile (param $x i32) (param $xRow i32) (param $w i32) (param $wRow i32) (param $y i32) (param $yRow i32) (param $k i32)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128) (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local $x1 i32) (local $x2 i32) (local $x3 i32) (local $w1 i32) (local $end i32) (local $rest i32)
    (local $u v128) (local $v v128) (local $t v128)
    (local.set $x1 (i32.add (local.get $x) (local.get $xRow)))
    (local.set $x2 (i32.add (local.get $x1) (local.get $xRow)))
    (local.set $x3 (i32.add (local.get $x2) (local.get $xRow)))
    (local.set $w1 (i32.add (local.get $w) (local.get $wRow)))
    (local.set $rest (i32.and (local.get $k) (i32.const 3)))
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.sub (local.get $k) (local.get $rest)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $u (v128.load (local.get $w)))
        (local.set $v (v128.load (local.get $w1)))
        (local.set $t (v128.load (local.get $x)))
        (local.set $s00 (f32x4.add (local.get $s00) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s01 (f32x4.add (local.get $s01) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load (local.get $x1)))
        (local.set $s10 (f32x4.add (local.get $s10) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s11 (f32x4.add (local.get $s11) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load (local.get $x2)))
        (local.set $s20 (f32x4.add (local.get $s20) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s21 (f32x4.add (local.get $s21) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load (local.get $x3)))
        (local.set $s30 (f32x4.add (local.get $s30) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s31 (f32x4.add (local.get $s31) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $x1 (i32.add (local.get $x1) (i32.const 16)))
        (local.set $x2 (i32.add (local.get $x2) (i32.const 16)))
        (local.set $x3 (i32.add (local.get $x3) (i32.const 16)))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $w1 (i32.add (local.get $w1) (i32.const 16)))
        (br $next)))
    (if (local.get $rest)
      (then
        (local.set $u (call $tail (local.get $w) (local.get $rest)))
        (local.set $v (call $tail (local.get $w1) (local.get $rest)))
        (local.set $t (call $tail (local.get $x) (local.get $rest)))
        (local.set $s00 (f32x4.add (local.get $s00) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s01 (f32x4.add (local.get $s01) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (call $tail (local.get $x1) (local.get $rest)))
        (local.set $s10 (f32x4.add (local.get $s10) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s11 (f32x4.add (local.get $s11) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (call $tail (local.get $x2) (local.get $rest)))
        (local.set $s20 (f32x4.add (local.get $s20) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s21 (f32x4.add (local.get $s21) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (call $tail (local.get $x3) (local.get $rest)))
        (local.set $s30 (f32x4.add (local.get $s30) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s31 (f32x4.add (local.get $s31) (f32x4.mul (local.get $t) (local.get $v))))))
    (f32.store (local.get $y) (call $laneSum (local.get $s00)))
    (f32.store offset=4 (local.get $y) (call $laneSum (local.get $s01)))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (f32.store (local.get $y) (call $laneSum (local.get $s10)))
    (f32.store offset=4 (local.get $y) (call $laneSum (local.get $s11)))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (f32.store (local.get $y) (call $laneSum (local.get $s20)))
    (f32.store offset=4 (local.get $y) (call $laneSum (local.get $s21)))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (f32.store (local.get $y) (call $laneSum (local.get $s30)))
    (f32.store offset=4 (local.get $y) (call $laneSum (local.get $s31))))

  ;; y[m, n] = x[m, k] w[n, k]'
  (func (export "transposed")
    (param $m i32) (param $n i32) (param $k i32)
    (param $x i32) (param $xRow i32) (param $w i32) (param $wRow i32) (param $y i32) (param $yRow i32)
    (local $i i32) (local $j i32) (local $xi i32) (local $wj i32) (local $yij i32)
    (block $columns
      (loop $pair
        (br_if $columns (i32.gt_u (i32.add (local.get $j) (i32.const 2)) (local.get $n)))
        (local.set $i (i32.const 0))
        (local.set $xi (local.get $x))
        (local.set $yij (i32.add (local.get $y) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $wj (i32.add (local.get $w) (i32.mul (local.get $j) (local.get $wRow))))
        (block $rows
          (loop $four
            (br_if $rows (i32.gt_u (i32.add (local.get $i) (i32.const 4)) (local.get $m)))
            (call $tile (local.get $xi) (local.get $xRow) (local.get $wj) (local.get $wRow) (local.get $yij) (local.get $yRow) (local.get $k))
            (local.set $i (i32.add (local.get $i) (i32.const 4)))
            (local.set $xi (i32.add (local.get $xi) (i32.shl (local.get $xRow) (i32.const 2))))
            (local.set $yij (i32.add (local.get $yij) (i32.shl (local.get $yRow) (i32.const 2))))
            (br $four)))
        (block $rows
          (loop $one
            (br_if $rows (i32.ge_u (local.get $i) (local.get $m)))
            (f32.store (local.get $yij) (call $dot (local.get $xi) (local.get $wj) (local.get $k)))
            (f32.store offset=4
              (local.get $yij)
              (call $dot (local.get $xi) (i32.add (local.get $wj) (local.get $wRow)) (local.get $k)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $xi (i32.add (local.get $xi) (local.get $xRow)))
            (local.set $yij (i32.add (local.get $yij) (local.get $yRow)))
            (br $one)))
        (local.set $j (i32.add (local.get $j) (i32.const 2)))
        (br $pair)))
    (if (i32.lt_u (local.get $j) (local.get $n))
      (then
        (local.set $wj (i32.add (local.get $w) (i32.mul (local.get $j) (local.get $wRow))))
        (local.set $yij (i32.add (local.get $y) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $i (i32.const 0))
        (block $rows
          (loop $one
            (br_if $rows (i32.ge_u (local.get $i) (local.get $m)))
            (f32.store (local.get $yij) (call $dot (local.get $x) (local.get $wj) (local.get $k)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $x (i32.add (local.get $x) (local.get $xRow)))
            (local.set $yij (i32.add (local.get $yij) (local.get $yRow)))
            (br $one))))))

  ;; Four rows of a against eight columns of b: eight vectors of sums in registers.
  (func $panel (param $a i32) (param $aRow i32) (param $b i32) (param $bRow i32) (param $y i32) (param $yRow i32) (param $k i32)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128) (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local $a1 i32) (local $a2 i32) (local $a3 i32) (local $end i32) (local $u v128) (local $v v128) (local $t v128)
    (local.set $a1 (i32.add (local.get $a) (local.get $aRow)))
    (local.set $a2 (i32.add (local.get $a1) (local.get $aRow)))
    (local.set $a3 (i32.add (local.get $a2) (local.get $aRow)))
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $k) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $u (v128.load (local.get $b)))
        (local.set $v (v128.load offset=16 (local.get $b)))
        (local.set $t (v128.load32_splat (local.get $a)))
        (local.set $s00 (f32x4.add (local.get $s00) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s01 (f32x4.add (local.get $s01) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load32_splat (local.get $a1)))
        (local.set $s10 (f32x4.add (local.get $s10) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s11 (f32x4.add (local.get $s11) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load32_splat (local.get $a2)))
        (local.set $s20 (f32x4.add (local.get $s20) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s21 (f32x4.add (local.get $s21) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $t (v128.load32_splat (local.get $a3)))
        (local.set $s30 (f32x4.add (local.get $s30) (f32x4.mul (local.get $t) (local.get $u))))
        (local.set $s31 (f32x4.add (local.get $s31) (f32x4.mul (local.get $t) (local.get $v))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (local.set $a1 (i32.add (local.get $a1) (i32.const 4)))
        (local.set $a2 (i32.add (local.get $a2) (i32.const 4)))
        (local.set $a3 (i32.add (local.get $a3) (i32.const 4)))
        (local.set $b (i32.add (local.get $b) (local.get $bRow)))
        (br $next)))
    (v128.store (local.get $y) (local.get $s00))
    (v128.store offset=16 (local.get $y) (local.get $s01))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (v128.store (local.get $y) (local.get $s10))
    (v128.store offset=16 (local.get $y) (local.get $s11))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (v128.store (local.get $y) (local.get $s20))
    (v128.store offset=16 (local.get $y) (local.get $s21))
    (local.set $y (i32.add (local.get $y) (local.get $yRow)))
    (v128.store (local.get $y) (local.get $s30))
    (v128.store offset=16 (local.get $y) (local.get $s31)))

  ;; One row of a against four columns of b.
  (func $strip (param $a i32) (param $b i32) (param $bRow i32) (param $k i32) (result v128)
    (local $sum v128) (local $end i32)
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $k) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul (v128.load32_splat (local.get $a)) (v128.load (local.get $b)))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (local.set $b (i32.add (local.get $b) (local.get $bRow)))
        (br $next)))
    (local.get $sum))

  ;; One row of a against one column of b.
  (func $single (param $a i32) (param $b i32) (param $bRow i32) (param $k i32) (result f32)
    (local $sum f32) (local $end i32)
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $k) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $sum (f32.add (local.get $sum) (f32.mul (f32.load (local.get $a)) (f32.load (local.get $b)))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (local.set $b (i32.add (local.get $b) (local.get $bRow)))
        (br $next)))
    (local.get $sum))

  ;; Columns j .. n of one row.
  (func $row (param $a i32) (param $b i32) (param $bRow i32) (param $y i32) (param $j i32) (param $n i32) (param $k i32)
    (local $offset i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
        (local.set $offset (i32.shl (local.get $j) (i32.const 2)))
        (if (i32.le_u (i32.add (local.get $j) (i32.const 4)) (local.get $n))
          (then
            (v128.store
              (i32.add (local.get $y) (local.get $offset))
              (call $strip (local.get $a) (i32.add (local.get $b) (local.get $offset)) (local.get $bRow) (local.get $k)))
            (local.set $j (i32.add (local.get $j) (i32.const 4))))
          (else
            (f32.store
              (i32.add (local.get $y) (local.get $offset))
              (call $single (local.get $a) (i32.add (local.get $b) (local.get $offset)) (local.get $bRow) (local.get $k)))
            (local.set $j (i32.add (local.get $j) (i32.const 1)))))
        (br $next))))

  ;; y[m, n] = a[m, k] b[k, n]
  (func (export "plain")
    (param $m i32) (param $n i32) (param $k i32)
    (param $a i32) (param $aRow i32) (param $b i32) (param $bRow i32) (param $y i32) (param $yRow i32)
    (local $i i32) (local $j i32) (local $r i32) (local $offset i32)
    (block $rows
      (loop $four
        (br_if $rows (i32.gt_u (i32.add (local.get $i) (i32.const 4)) (local.get $m)))
        (local.set $j (i32.const 0))
        (block $columns
          (loop $eight
            (br_if $columns (i32.gt_u (i32.add (local.get $j) (i32.const 8)) (local.get $n)))
            (local.set $offset (i32.shl (local.get $j) (i32.const 2)))
            (call $panel
              (local.get $a) (local.get $aRow)
              (i32.add (local.get $b) (local.get $offset)) (local.get $bRow)
              (i32.add (local.get $y) (local.get $offset)) (local.get $yRow)
              (local.get $k))
            (local.set $j (i32.add (local.get $j) (i32.const 8)))
            (br $eight)))
        (local.set $r (i32.const 0))
        (loop $rest
          (call $row (local.get $a) (local.get $b) (local.get $bRow) (local.get $y) (local.get $j) (local.get $n) (local.get $k))
          (local.set $a (i32.add (local.get $a) (local.get $aRow)))
          (local.set $y (i32.add (local.get $y) (local.get $yRow)))
          (local.set $r (i32.add (local.get $r) (i32.const 1)))
          (br_if $rest (i32.lt_u (local.get $r) (i32.const 4))))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br $four)))
    (block $rows
      (loop $one
        (br_if $rows (i32.ge_u (local.get $i) (local.get $m)))
        (call $row (local.get $a) (local.get $b) (local.get $bRow) (local.get $y) (i32.const 0) (local.get $n) (local.get $k))
        (local.set $a (i32.add (local.get $a) (local.get $aRow)))
        (local.set $y (i32.add (local.get $y) (local.get $yRow)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $one))))
)

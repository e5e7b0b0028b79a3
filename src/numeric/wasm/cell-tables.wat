;; Nearest values by tables over cells of a quarter, for src/numeric/cell-tables.ts: x / s lies in cell c with (c - 1) / 4 < x / s <= c / 4, and entry 36 - c of a table
;; belongs to it. Addresses are bytes; groups lie one after the other. 1.5 * 2^23 added to c leaves it in the low bits; what it adds to an address is taken away.
;; No relaxed instructions: the same bits on every machine.
(module
  (import "space" "memory" (memory 1))

  ;; Largest magnitude of every group, by bit patterns; `count` groups of `length`.
  (func (export "magnitudes") (param $x i32) (param $count i32) (param $length i32) (param $out i32)
    (local $most v128) (local $mask v128) (local $i i32) (local $m i32) (local $t i32)
    (local.set $mask (i32x4.splat (i32.const 0x7fffffff)))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $most (v128.const i32x4 0 0 0 0))
        (local.set $m (i32.const 0))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $four
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 4)))
            (local.set $most (i32x4.max_s (local.get $most) (v128.and (v128.load (local.get $x)) (local.get $mask))))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))
            (local.set $i (i32.sub (local.get $i) (i32.const 4)))
            (br $four)))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (local.set $t (i32.and (i32.load (local.get $x)) (i32.const 0x7fffffff)))
            (if (i32.gt_s (local.get $t) (local.get $m)) (then (local.set $m (local.get $t))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (local.set $most (i32x4.max_s (local.get $most) (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $most) (local.get $most))))
        (local.set $most (i32x4.max_s (local.get $most) (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $most) (local.get $most))))
        (local.set $t (i32x4.extract_lane 0 (local.get $most)))
        (i32.store (local.get $out) (select (local.get $t) (local.get $m) (i32.gt_s (local.get $t) (local.get $m))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))

  ;; For every group four sums of squared errors, squares in float32 added in float64 in the order of x: of two pairs of tables (two float32 per entry), each
  ;; pair under one scale. `scales` holds two per group; sums go on from what `sums` holds. Every x / s lies within the tables.
  (func (export "errors")
    (param $x i32) (param $count i32) (param $length i32) (param $scales i32) (param $first i32) (param $second i32) (param $sums i32)
    (local $v v128) (local $s1 v128) (local $s2 v128) (local $both v128) (local $magic v128) (local $four v128) (local $base1 v128) (local $base2 v128)
    (local $at1 v128) (local $at2 v128) (local $e v128) (local $sum1 v128) (local $sum2 v128) (local $i i32) (local $step i32)
    (local.set $magic (f32x4.splat (f32.const 12582912)))
    (local.set $four (f32x4.splat (f32.const 4)))
    (local.set $base1 (i32x4.splat (i32.add (local.get $first) (i32.const 0x5a000120))))
    (local.set $base2 (i32x4.splat (i32.add (local.get $second) (i32.const 0x5a000120))))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $s1 (v128.load32_splat (local.get $scales)))
        (local.set $s2 (v128.load32_splat offset=4 (local.get $scales)))
        (local.set $both (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $s1) (local.get $s2)))
        (local.set $sum1 (v128.load (local.get $sums)))
        (local.set $sum2 (v128.load offset=16 (local.get $sums)))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $next
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 4)))
            (local.set $v (v128.load (local.get $x)))
            (local.set $at1
              (i32x4.sub
                (local.get $base1)
                (i32x4.shl
                  (f32x4.add (f32x4.ceil (f32x4.mul (f32x4.div (local.get $v) (local.get $s1)) (local.get $four))) (local.get $magic))
                  (i32.const 3))))
            (local.set $at2
              (i32x4.sub
                (local.get $base2)
                (i32x4.shl
                  (f32x4.add (f32x4.ceil (f32x4.mul (f32x4.div (local.get $v) (local.get $s2)) (local.get $four))) (local.get $magic))
                  (i32.const 3))))
            (local.set $e
              (f32x4.sub
                (f32x4.mul
                  (v128.load64_lane 1 (i32x4.extract_lane 0 (local.get $at2)) (v128.load64_zero (i32x4.extract_lane 0 (local.get $at1))))
                  (local.get $both))
                (i8x16.shuffle 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 (local.get $v) (local.get $v))))
            (local.set $e (f32x4.mul (local.get $e) (local.get $e)))
            (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.promote_low_f32x4 (local.get $e))))
            (local.set $sum2
              (f64x2.add
                (local.get $sum2)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $e) (local.get $e)))))
            (local.set $e
              (f32x4.sub
                (f32x4.mul
                  (v128.load64_lane 1 (i32x4.extract_lane 1 (local.get $at2)) (v128.load64_zero (i32x4.extract_lane 1 (local.get $at1))))
                  (local.get $both))
                (i8x16.shuffle 4 5 6 7 4 5 6 7 4 5 6 7 4 5 6 7 (local.get $v) (local.get $v))))
            (local.set $e (f32x4.mul (local.get $e) (local.get $e)))
            (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.promote_low_f32x4 (local.get $e))))
            (local.set $sum2
              (f64x2.add
                (local.get $sum2)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $e) (local.get $e)))))
            (local.set $e
              (f32x4.sub
                (f32x4.mul
                  (v128.load64_lane 1 (i32x4.extract_lane 2 (local.get $at2)) (v128.load64_zero (i32x4.extract_lane 2 (local.get $at1))))
                  (local.get $both))
                (i8x16.shuffle 8 9 10 11 8 9 10 11 8 9 10 11 8 9 10 11 (local.get $v) (local.get $v))))
            (local.set $e (f32x4.mul (local.get $e) (local.get $e)))
            (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.promote_low_f32x4 (local.get $e))))
            (local.set $sum2
              (f64x2.add
                (local.get $sum2)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $e) (local.get $e)))))
            (local.set $e
              (f32x4.sub
                (f32x4.mul
                  (v128.load64_lane 1 (i32x4.extract_lane 3 (local.get $at2)) (v128.load64_zero (i32x4.extract_lane 3 (local.get $at1))))
                  (local.get $both))
                (i8x16.shuffle 12 13 14 15 12 13 14 15 12 13 14 15 12 13 14 15 (local.get $v) (local.get $v))))
            (local.set $e (f32x4.mul (local.get $e) (local.get $e)))
            (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.promote_low_f32x4 (local.get $e))))
            (local.set $sum2
              (f64x2.add
                (local.get $sum2)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $e) (local.get $e)))))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))
            (local.set $i (i32.sub (local.get $i) (i32.const 4)))
            (br $next)))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (local.set $v (v128.load32_splat (local.get $x)))
            (local.set $at1
              (i32x4.sub
                (local.get $base1)
                (i32x4.shl
                  (f32x4.add (f32x4.ceil (f32x4.mul (f32x4.div (local.get $v) (local.get $s1)) (local.get $four))) (local.get $magic))
                  (i32.const 3))))
            (local.set $at2
              (i32x4.sub
                (local.get $base2)
                (i32x4.shl
                  (f32x4.add (f32x4.ceil (f32x4.mul (f32x4.div (local.get $v) (local.get $s2)) (local.get $four))) (local.get $magic))
                  (i32.const 3))))
            (local.set $e
              (f32x4.sub
                (f32x4.mul
                  (v128.load64_lane 1 (i32x4.extract_lane 0 (local.get $at2)) (v128.load64_zero (i32x4.extract_lane 0 (local.get $at1))))
                  (local.get $both))
                (i8x16.shuffle 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 (local.get $v) (local.get $v))))
            (local.set $e (f32x4.mul (local.get $e) (local.get $e)))
            (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.promote_low_f32x4 (local.get $e))))
            (local.set $sum2
              (f64x2.add
                (local.get $sum2)
                (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $e) (local.get $e)))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (v128.store (local.get $sums) (local.get $sum1))
        (v128.store offset=16 (local.get $sums) (local.get $sum2))
        (local.set $sums (i32.add (local.get $sums) (i32.const 32)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))

  ;; Table entries of one byte for every group, whose table begins at `tables` plus 128 times its selector; cells beyond the table take its ends.
  (func (export "codes")
    (param $x i32) (param $codes i32) (param $count i32) (param $length i32) (param $scales i32) (param $tables i32) (param $selectors i32)
    (local $s v128) (local $magic v128) (local $four v128) (local $top v128) (local $bottom v128) (local $base v128) (local $at v128) (local $i i32)
    (local.set $magic (f32x4.splat (f32.const 12582912)))
    (local.set $four (f32x4.splat (f32.const 4)))
    (local.set $top (f32x4.splat (f32.const 36)))
    (local.set $bottom (f32x4.splat (f32.const -36)))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $s (v128.load32_splat (local.get $scales)))
        (local.set $base
          (i32x4.splat
            (i32.add (i32.add (local.get $tables) (i32.shl (i32.load8_u (local.get $selectors)) (i32.const 7))) (i32.const 0x4b400024))))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $next
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 4)))
            (local.set $at
              (i32x4.sub
                (local.get $base)
                (f32x4.add
                  (f32x4.pmax
                    (f32x4.pmin (f32x4.ceil (f32x4.mul (f32x4.div (v128.load (local.get $x)) (local.get $s)) (local.get $four))) (local.get $top))
                    (local.get $bottom))
                  (local.get $magic))))
            (i32.store8 (local.get $codes) (i32.load8_u (i32x4.extract_lane 0 (local.get $at))))
            (i32.store8 offset=1 (local.get $codes) (i32.load8_u (i32x4.extract_lane 1 (local.get $at))))
            (i32.store8 offset=2 (local.get $codes) (i32.load8_u (i32x4.extract_lane 2 (local.get $at))))
            (i32.store8 offset=3 (local.get $codes) (i32.load8_u (i32x4.extract_lane 3 (local.get $at))))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 4)))
            (local.set $i (i32.sub (local.get $i) (i32.const 4)))
            (br $next)))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (local.set $at
              (i32x4.sub
                (local.get $base)
                (f32x4.add
                  (f32x4.pmax
                    (f32x4.pmin (f32x4.ceil (f32x4.mul (f32x4.div (v128.load32_splat (local.get $x)) (local.get $s)) (local.get $four))) (local.get $top))
                    (local.get $bottom))
                  (local.get $magic))))
            (i32.store8 (local.get $codes) (i32.load8_u (i32x4.extract_lane 0 (local.get $at))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 1)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $selectors (i32.add (local.get $selectors) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))
)

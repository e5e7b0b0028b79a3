;; Rounding to integer grids with 128-bit vectors, for src/numeric/integer-rounding.ts. Groups of `length` numbers lie one after the other; addresses are bytes.
;; No relaxed instructions: the same bits on every machine. NaN has no code, whatever is written for it.
(module
  (import "space" "memory" (memory 1))

  (func $largest (param $v v128) (result i32)
    (local $pair v128)
    (local.set $pair (i32x4.max_s (local.get $v) (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
    (i32x4.extract_lane 0
      (i32x4.max_s
        (local.get $pair)
        (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $pair) (local.get $pair)))))

  ;; For every group the bit patterns of its largest number and of its smallest with the sign flipped, each at least 0: they order like the numbers.
  (func (export "extremes") (param $x i32) (param $count i32) (param $length i32) (param $out i32)
    (local $high v128) (local $low v128) (local $high2 v128) (local $low2 v128) (local $v v128) (local $sign v128) (local $i i32) (local $h i32) (local $l i32) (local $t i32)
    (local.set $sign (i32x4.splat (i32.const 0x80000000)))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $low (v128.const i32x4 0 0 0 0))
        (local.set $high2 (v128.const i32x4 0 0 0 0))
        (local.set $low2 (v128.const i32x4 0 0 0 0))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $eight
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 8)))
            (local.set $v (v128.load (local.get $x)))
            (local.set $high (i32x4.max_s (local.get $high) (local.get $v)))
            (local.set $low (i32x4.max_s (local.get $low) (v128.xor (local.get $v) (local.get $sign))))
            (local.set $v (v128.load offset=16 (local.get $x)))
            (local.set $high2 (i32x4.max_s (local.get $high2) (local.get $v)))
            (local.set $low2 (i32x4.max_s (local.get $low2) (v128.xor (local.get $v) (local.get $sign))))
            (local.set $x (i32.add (local.get $x) (i32.const 32)))
            (local.set $i (i32.sub (local.get $i) (i32.const 8)))
            (br $eight)))
        (local.set $h (call $largest (i32x4.max_s (local.get $high) (local.get $high2))))
        (local.set $l (call $largest (i32x4.max_s (local.get $low) (local.get $low2))))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (local.set $t (i32.load (local.get $x)))
            (if (i32.gt_s (local.get $t) (local.get $h)) (then (local.set $h (local.get $t))))
            (local.set $t (i32.xor (local.get $t) (i32.const 0x80000000)))
            (if (i32.gt_s (local.get $t) (local.get $l)) (then (local.set $l (local.get $t))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (i32.store (local.get $out) (local.get $h))
        (i32.store offset=4 (local.get $out) (local.get $l))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))

  ;; Code words (clamp(rne(x / s), low - z, high - z) + z) & mask of every group, under its scale s and zero point z. 1.5 * 2^23 added to a number below
  ;; 2^22 leaves its nearest integer, half to even, in the low bits. Written out four times: a call per vector takes longer than the vector.
  (func (export "codes")
    (param $x i32) (param $codes i32) (param $count i32) (param $length i32) (param $scales i32) (param $zeros i32)
    (param $low f32) (param $high f32) (param $mask i32)
    (local $s v128) (local $bottom v128) (local $top v128) (local $zero v128) (local $masks v128) (local $magic v128) (local $i i32) (local $z i32) (local $q f32)
    (local.set $masks (i32x4.splat (local.get $mask)))
    (local.set $magic (f32x4.splat (f32.const 12582912)))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $s (v128.load32_splat (local.get $scales)))
        (local.set $z (i32.load (local.get $zeros)))
        (local.set $zero (i32x4.splat (local.get $z)))
        (local.set $bottom (f32x4.splat (f32.sub (local.get $low) (f32.convert_i32_s (local.get $z)))))
        (local.set $top (f32x4.splat (f32.sub (local.get $high) (f32.convert_i32_s (local.get $z)))))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $sixteen
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 16)))
            (v128.store
              (local.get $codes)
              (i8x16.narrow_i16x8_u
                (i16x8.narrow_i32x4_s
                  (v128.and
                    (i32x4.add
                      (f32x4.add
                        (f32x4.pmax (f32x4.pmin (f32x4.div (v128.load (local.get $x)) (local.get $s)) (local.get $top)) (local.get $bottom))
                        (local.get $magic))
                      (local.get $zero))
                    (local.get $masks))
                  (v128.and
                    (i32x4.add
                      (f32x4.add
                        (f32x4.pmax (f32x4.pmin (f32x4.div (v128.load offset=16 (local.get $x)) (local.get $s)) (local.get $top)) (local.get $bottom))
                        (local.get $magic))
                      (local.get $zero))
                    (local.get $masks)))
                (i16x8.narrow_i32x4_s
                  (v128.and
                    (i32x4.add
                      (f32x4.add
                        (f32x4.pmax (f32x4.pmin (f32x4.div (v128.load offset=32 (local.get $x)) (local.get $s)) (local.get $top)) (local.get $bottom))
                        (local.get $magic))
                      (local.get $zero))
                    (local.get $masks))
                  (v128.and
                    (i32x4.add
                      (f32x4.add
                        (f32x4.pmax (f32x4.pmin (f32x4.div (v128.load offset=48 (local.get $x)) (local.get $s)) (local.get $top)) (local.get $bottom))
                        (local.get $magic))
                      (local.get $zero))
                    (local.get $masks)))))
            (local.set $x (i32.add (local.get $x) (i32.const 64)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
            (local.set $i (i32.sub (local.get $i) (i32.const 16)))
            (br $sixteen)))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (local.set $q (f32.div (f32.load (local.get $x)) (f32x4.extract_lane 0 (local.get $s))))
            (local.set $q
              (f32.nearest (f32.max (f32.min (local.get $q) (f32x4.extract_lane 0 (local.get $top))) (f32x4.extract_lane 0 (local.get $bottom)))))
            (i32.store8
              (local.get $codes)
              (i32.and (i32.add (i32.trunc_sat_f32_s (local.get $q)) (local.get $z)) (local.get $mask)))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 1)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $zeros (i32.add (local.get $zeros) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))

  ;; Values ((code ^ flip) - z) s of every group: flip = z = 2^(b-1) reads b-bit two's complement.
  (func (export "values")
    (param $codes i32) (param $x i32) (param $count i32) (param $length i32) (param $scales i32) (param $zeros i32) (param $flip i32)
    (local $s v128) (local $zero v128) (local $flips v128) (local $c v128) (local $h v128) (local $i i32)
    (local.set $flips (i8x16.splat (local.get $flip)))
    (block $done
      (loop $group
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $s (v128.load32_splat (local.get $scales)))
        (local.set $zero (v128.load32_splat (local.get $zeros)))
        (local.set $i (local.get $length))
        (block $vectors
          (loop $sixteen
            (br_if $vectors (i32.lt_u (local.get $i) (i32.const 16)))
            (local.set $c (v128.xor (v128.load (local.get $codes)) (local.get $flips)))
            (local.set $h (i16x8.extend_low_i8x16_u (local.get $c)))
            (v128.store (local.get $x) (f32x4.mul (f32x4.convert_i32x4_s (i32x4.sub (i32x4.extend_low_i16x8_u (local.get $h)) (local.get $zero))) (local.get $s)))
            (v128.store offset=16 (local.get $x) (f32x4.mul (f32x4.convert_i32x4_s (i32x4.sub (i32x4.extend_high_i16x8_u (local.get $h)) (local.get $zero))) (local.get $s)))
            (local.set $h (i16x8.extend_high_i8x16_u (local.get $c)))
            (v128.store offset=32 (local.get $x) (f32x4.mul (f32x4.convert_i32x4_s (i32x4.sub (i32x4.extend_low_i16x8_u (local.get $h)) (local.get $zero))) (local.get $s)))
            (v128.store offset=48 (local.get $x) (f32x4.mul (f32x4.convert_i32x4_s (i32x4.sub (i32x4.extend_high_i16x8_u (local.get $h)) (local.get $zero))) (local.get $s)))
            (local.set $x (i32.add (local.get $x) (i32.const 64)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
            (local.set $i (i32.sub (local.get $i) (i32.const 16)))
            (br $sixteen)))
        (block $rest
          (loop $one
            (br_if $rest (i32.eqz (local.get $i)))
            (f32.store
              (local.get $x)
              (f32.mul
                (f32.convert_i32_s
                  (i32.sub
                    (i32.xor (i32.load8_u (local.get $codes)) (local.get $flip))
                    (i32x4.extract_lane 0 (local.get $zero))))
                (f32x4.extract_lane 0 (local.get $s))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $codes (i32.add (local.get $codes) (i32.const 1)))
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (br $one)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
        (local.set $zeros (i32.add (local.get $zeros) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $group))))
)

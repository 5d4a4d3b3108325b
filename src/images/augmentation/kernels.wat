;; Pixel loops of augmentation, on RGB uint8 in this module's memory. Whole numbers give the same bits everywhere; where numbers are
;; floating they are double precision, in a fixed order. Addresses are in bytes. Loads and stores may go up to 8 bytes beyond what they
;; are of: callers leave that much room. What is in a loop is written out, since V8 does not inline calls.
;; Becomes assets/augmentation.wasm by `npx tsx scripts/generate.ts`.
(module
  (memory (export "memory") 1)

  ;; Reflects an index into 0 … last without repeating the outermost: … 2 1 0 1 2 …
  (func $mirror (param $index i32) (param $last i32) (result i32)
    (local $period i32)
    (local $folded i32)
    (if (i32.eqz (local.get $last)) (then (return (i32.const 0))))
    (local.set $period (i32.shl (local.get $last) (i32.const 1)))
    (local.set $folded (i32.rem_s (local.get $index) (local.get $period)))
    (if (i32.lt_s (local.get $folded) (i32.const 0))
      (then (local.set $folded (i32.add (local.get $folded) (local.get $period)))))
    (select
      (i32.sub (local.get $period) (local.get $folded))
      (local.get $folded)
      (i32.gt_s (local.get $folded) (local.get $last))))

  ;; One row of a warp with bilinear sampling. Source coordinates have 16 fractional bits, of which the upper 8 weigh neighbours; they
  ;; begin at (sourceX, sourceY) and go on by (stepX, stepY). What lies outside of the image is mirrored at the outermost pixels.
  (func (export "warpRow")
    (param $from i32) (param $to i32) (param $size i32)
    (param $sourceX i32) (param $sourceY i32) (param $stepX i32) (param $stepY i32)
    (local $end i32) (local $last i32) (local $stride i32)
    (local $x0 i32) (local $x1 i32) (local $y0 i32) (local $y1 i32)
    (local $right v128) (local $below v128) (local $above v128) (local $mixed v128)
    (local $fractionX v128) (local $fractionY v128) (local $goX v128) (local $goY v128)
    (local.set $last (i32.sub (local.get $size) (i32.const 1)))
    (local.set $stride (i32.mul (local.get $size) (i32.const 3)))
    (local.set $end (i32.add (local.get $to) (local.get $stride)))
    ;; Lanes hold the fractions alone: what is above them wraps away.
    (local.set $fractionX (i16x8.splat (local.get $sourceX)))
    (local.set $fractionY (i16x8.splat (local.get $sourceY)))
    (local.set $goX (i16x8.splat (local.get $stepX)))
    (local.set $goY (i16x8.splat (local.get $stepY)))
    (loop $pixels
      (local.set $x0 (i32.shr_s (local.get $sourceX) (i32.const 16)))
      (local.set $y0 (i32.shr_s (local.get $sourceY) (i32.const 16)))
      (local.set $x1 (i32.add (local.get $x0) (i32.const 1)))
      (local.set $y1 (i32.add (local.get $y0) (i32.const 1)))
      (if (i32.ge_u (local.get $x0) (local.get $last))
        (then
          (local.set $x0 (call $mirror (local.get $x0) (local.get $last)))
          (local.set $x1 (call $mirror (local.get $x1) (local.get $last)))))
      (if (i32.ge_u (local.get $y0) (local.get $last))
        (then
          (local.set $y0 (call $mirror (local.get $y0) (local.get $last)))
          (local.set $y1 (call $mirror (local.get $y1) (local.get $last)))))
      (local.set $x0 (i32.mul (local.get $x0) (i32.const 3)))
      (local.set $x1 (i32.mul (local.get $x1) (i32.const 3)))
      (local.set $y0 (i32.add (local.get $from) (i32.mul (local.get $y0) (local.get $stride))))
      (local.set $y1 (i32.add (local.get $from) (i32.mul (local.get $y1) (local.get $stride))))
      (local.set $right (i16x8.shr_u (local.get $fractionX) (i32.const 8)))
      ;; Two neighbours as 16-bit numbers: red, green, blue and anything of the left one, then of the right one.
      (local.set $above
        (i16x8.extend_low_i8x16_u
          (v128.load32_lane 1
            (i32.add (local.get $y0) (local.get $x1))
            (v128.load32_zero (i32.add (local.get $y0) (local.get $x0))))))
      (local.set $below
        (i16x8.extend_low_i8x16_u
          (v128.load32_lane 1
            (i32.add (local.get $y1) (local.get $x1))
            (v128.load32_zero (i32.add (local.get $y1) (local.get $x0))))))
      ;; Up and down first, 256 · above + (below − above) · weight: at most 255 · 256, which 16 bits hold. Less 32768, since the next
      ;; product is one of signed numbers.
      (local.set $mixed
        (v128.xor
          (i16x8.add
            (i16x8.shl (local.get $above) (i32.const 8))
            (i16x8.mul
              (i16x8.sub (local.get $below) (local.get $above))
              (i16x8.shr_u (local.get $fractionY) (i32.const 8))))
          (v128.const i16x8 0x8000 0x8000 0x8000 0x8000 0x8000 0x8000 0x8000 0x8000)))
      ;; Then left · (256 − weight) + right · weight, with the 32768 · 256 that were taken and a half for rounding. What counts is above
      ;; the lower 16 bits.
      (local.set $mixed
        (i32x4.add
          (i32x4.dot_i16x8_s
            (i8x16.shuffle 0 1 8 9 2 3 10 11 4 5 12 13 6 7 14 15 (local.get $mixed) (local.get $mixed))
            (i16x8.add
              (i16x8.mul (local.get $right) (v128.const i16x8 -1 1 -1 1 -1 1 -1 1))
              (v128.const i16x8 256 0 256 0 256 0 256 0)))
          (v128.const i32x4 8421376 8421376 8421376 8421376)))
      (v128.store32_lane 0
        (local.get $to)
        (i8x16.shuffle 2 6 10 14 2 6 10 14 2 6 10 14 2 6 10 14 (local.get $mixed) (local.get $mixed)))
      (local.set $fractionX (i16x8.add (local.get $fractionX) (local.get $goX)))
      (local.set $fractionY (i16x8.add (local.get $fractionY) (local.get $goY)))
      (local.set $sourceX (i32.add (local.get $sourceX) (local.get $stepX)))
      (local.set $sourceY (i32.add (local.get $sourceY) (local.get $stepY)))
      (br_if $pixels
        (i32.lt_u
          (local.tee $to (i32.add (local.get $to) (i32.const 3)))
          (local.get $end)))))

  ;; Sums of red, green and blue over so many bytes.
  (func (export "sums") (param $at i32) (param $bytes i32) (result i32 i32 i32)
    (local $end i32)
    (local $sum v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (loop $pixels
      (local.set $sum
        (i32x4.add
          (local.get $sum)
          (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $at))))))
      (br_if $pixels
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 3)))
          (local.get $end))))
    (i32x4.extract_lane 0 (local.get $sum))
    (i32x4.extract_lane 1 (local.get $sum))
    (i32x4.extract_lane 2 (local.get $sum)))

  ;; Maps colours in place by three rows of a 3 × 4 matrix: result = row · (r, g, b, 1), clamped and rounded, of two as near to the even
  ;; one. Two pixels at a time, of so many bytes.
  (func (export "recolour")
    (param $at i32) (param $bytes i32)
    (param $rr f64) (param $rg f64) (param $rb f64) (param $r0 f64)
    (param $gr f64) (param $gg f64) (param $gb f64) (param $g0 f64)
    (param $br f64) (param $bg f64) (param $bb f64) (param $b0 f64)
    (local $end i32) (local $zero v128)
    (local $rR v128) (local $rG v128) (local $rB v128) (local $r1 v128)
    (local $gR v128) (local $gG v128) (local $gB v128) (local $g1 v128)
    (local $bR v128) (local $bG v128) (local $bB v128) (local $b1 v128)
    (local $pixels v128) (local $r v128) (local $g v128) (local $b v128)
    (local $newR v128) (local $newG v128) (local $newB v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (local.set $rR (f64x2.splat (local.get $rr)))
    (local.set $rG (f64x2.splat (local.get $rg)))
    (local.set $rB (f64x2.splat (local.get $rb)))
    (local.set $r1 (f64x2.splat (local.get $r0)))
    (local.set $gR (f64x2.splat (local.get $gr)))
    (local.set $gG (f64x2.splat (local.get $gg)))
    (local.set $gB (f64x2.splat (local.get $gb)))
    (local.set $g1 (f64x2.splat (local.get $g0)))
    (local.set $bR (f64x2.splat (local.get $br)))
    (local.set $bG (f64x2.splat (local.get $bg)))
    (local.set $bB (f64x2.splat (local.get $bb)))
    (local.set $b1 (f64x2.splat (local.get $b0)))
    (loop $pairs
      (local.set $pixels (v128.load64_zero (local.get $at)))
      (local.set $r
        (f64x2.convert_low_i32x4_s
          (i8x16.shuffle 0 16 16 16 3 16 16 16 16 16 16 16 16 16 16 16 (local.get $pixels) (local.get $zero))))
      (local.set $g
        (f64x2.convert_low_i32x4_s
          (i8x16.shuffle 1 16 16 16 4 16 16 16 16 16 16 16 16 16 16 16 (local.get $pixels) (local.get $zero))))
      (local.set $b
        (f64x2.convert_low_i32x4_s
          (i8x16.shuffle 2 16 16 16 5 16 16 16 16 16 16 16 16 16 16 16 (local.get $pixels) (local.get $zero))))
      ;; To which 1.5 · 2^52 is added: that rounds, and leaves the level in the lowest byte.
      (local.set $newR
        (f64x2.add
          (f64x2.pmin
            (v128.const f64x2 255 255)
            (f64x2.pmax
              (v128.const f64x2 0 0)
              (f64x2.add
                (f64x2.add
                  (f64x2.add
                    (f64x2.mul (local.get $rR) (local.get $r))
                    (f64x2.mul (local.get $rG) (local.get $g)))
                  (f64x2.mul (local.get $rB) (local.get $b)))
                (local.get $r1))))
          (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $newG
        (f64x2.add
          (f64x2.pmin
            (v128.const f64x2 255 255)
            (f64x2.pmax
              (v128.const f64x2 0 0)
              (f64x2.add
                (f64x2.add
                  (f64x2.add
                    (f64x2.mul (local.get $gR) (local.get $r))
                    (f64x2.mul (local.get $gG) (local.get $g)))
                  (f64x2.mul (local.get $gB) (local.get $b)))
                (local.get $g1))))
          (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $newB
        (f64x2.add
          (f64x2.pmin
            (v128.const f64x2 255 255)
            (f64x2.pmax
              (v128.const f64x2 0 0)
              (f64x2.add
                (f64x2.add
                  (f64x2.add
                    (f64x2.mul (local.get $bR) (local.get $r))
                    (f64x2.mul (local.get $bG) (local.get $g)))
                  (f64x2.mul (local.get $bB) (local.get $b)))
                (local.get $b1))))
          (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $pixels
        (i8x16.shuffle 0 16 1 8 24 9 0 0 0 0 0 0 0 0 0 0
          (i8x16.shuffle 0 16 1 1 1 1 1 1 8 24 1 1 1 1 1 1 (local.get $newR) (local.get $newB))
          (local.get $newG)))
      (v128.store32_lane 0 (local.get $at) (local.get $pixels))
      (v128.store16_lane offset=4 2 (local.get $at) (local.get $pixels))
      (br_if $pairs
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 6)))
          (local.get $end)))))

  ;; One line of a filter: each byte of the result is the weighted sum of the bytes at its place in the lines that `lines` points to, one
  ;; of 32 bits for each of `taps`; `weights` has as many of 16 bits, which sum to 65536.
  (func (export "weighLines")
    (param $lines i32) (param $weights i32) (param $taps i32) (param $to i32) (param $bytes i32)
    (local $at i32) (local $k i32)
    (local $low v128) (local $high v128) (local $values v128) (local $weight v128)
    (loop $bytes
      (local.set $low (v128.const i32x4 32768 32768 32768 32768))
      (local.set $high (v128.const i32x4 32768 32768 32768 32768))
      (local.set $k (i32.const 0))
      (loop $sum
        (local.set $values
          (v128.load8x8_u
            (i32.add
              (local.get $at)
              (i32.load (i32.add (local.get $lines) (i32.shl (local.get $k) (i32.const 2)))))))
        (local.set $weight
          (v128.load16_splat (i32.add (local.get $weights) (i32.shl (local.get $k) (i32.const 1)))))
        (local.set $low
          (i32x4.add (local.get $low) (i32x4.extmul_low_i16x8_u (local.get $values) (local.get $weight))))
        (local.set $high
          (i32x4.add (local.get $high) (i32x4.extmul_high_i16x8_u (local.get $values) (local.get $weight))))
        (br_if $sum
          (i32.lt_u
            (local.tee $k (i32.add (local.get $k) (i32.const 1)))
            (local.get $taps))))
      (local.set $values
        (i16x8.narrow_i32x4_u
          (i32x4.shr_u (local.get $low) (i32.const 16))
          (i32x4.shr_u (local.get $high) (i32.const 16))))
      (v128.store64_lane 0
        (i32.add (local.get $to) (local.get $at))
        (i8x16.narrow_i16x8_u (local.get $values) (local.get $values)))
      (br_if $bytes
        (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 8)))
          (local.get $bytes)))))
)

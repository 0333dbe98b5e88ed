// SPDX-License-Identifier: Apache-2.0
// Products of matrices that are both computed.
#pragma once

#include "octet/family/for_backend.hpp"
#include "octet/gemm.hpp"
#include "octet/reference/batch_matmul.hpp"

namespace octet::inline OCTET_BASELINE {

namespace detail {

// One of the products, with input2 as its filter. It refers to the factors of `p`.
constexpr GemmParams one_product(const BatchMatmulParams& p) {
  return {.m = p.rows(),
          .n = p.columns(),
          .k = p.depth(),
          .input = {.zero_point = p.input1.zero_point},
          .filter = {.zero_point = p.input2.zero_point, .transposed = p.transposed2},
          .output = {.zero_point = p.output.zero_point,
                     .min = p.output.min,
                     .max = p.output.max,
                     .multiplier = {&p.output.rescale.multiplier, 1},
                     .shift = {&p.output.rescale.shift, 1},
                     .rounding = p.output.rounding}};
}

}  // namespace detail

struct BatchMatmulOperation : family::OperationOf<BatchMatmulParams> {
  static constexpr const char* kName = "batch_matmul";

  template <class T>
  static constexpr Status validate(const BatchMatmulParams& p) {
    using enum StatusCode;
    const Shape &shape1 = p.input1.shape, &shape2 = p.input2.shape;
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput1, shape1, 2), check::shape(check::kInput2, shape2, 2)});
        !s.ok()) {
      return s;
    }
    const std::int32_t of_depth = shape2.rank - (p.transposed2 ? 1 : 2);
    if (const Status s = check::first_refusal(
            {check::equal(check::kInput2.extent[of_depth], shape2.extent[of_depth], p.depth()),
             check::broadcast(detail::batch_shape(shape1), detail::batch_shape(shape2)),
             zero_point<T>(check::kInput1, p.input1), zero_point<T>(check::kInput2, p.input2)});
        !s.ok()) {
      return s;
    }
    // Sums of bytes fit 32 bits, and those of words what their multiplication is defined for.
    const std::int64_t difference1 = check::largest_difference<T>(p.input1.zero_point);
    const std::int64_t difference2 = check::largest_difference<T>(p.input2.zero_point);
    constexpr std::int64_t kHighest =
        sizeof(T) == 1 ? check::kHighestInt32 : detail::kHighestInt64Accumulator;
    const std::int64_t most = kHighest / (difference1 * difference2);
    const std::int64_t reach = p.depth() * difference1 * difference2;
    return check::first_refusal(
        {check::count("output", output_shape(p).size()),
         check::range(accumulator_overflow, check::kInput2.extent[of_depth], p.depth(), 1, most),
         check::output<T>(p.output),
         sizeof(T) == 1 ? check::shift("output.rescale.shift", p.output.rescale.shift, reach)
                        : check::range(shift_out_of_range, "output.rescale.shift",
                                       p.output.rescale.shift, -31, detail::kMostInt64Shift)});
  }

 private:
  // Words have none.
  template <class T>
  static constexpr Status zero_point(const check::OperandNames& names, const Operand& input) {
    if (sizeof(T) == 1) return check::zero_point<T>(names.zero_point, input.zero_point);
    return check::range(StatusCode::unsupported, names.zero_point, input.zero_point, 0, 0);
  }
};

// output[b][i][j] = clamp(output.zero_point + rescale(sum_k (input1[b][i][k] - input1.zero_point)
//                                                 * (input2[b][k][j] - input2.zero_point)))
//
//   prepare(BatchMatmulParams)    bind(input1, input2, output, scratch)
//
// input1: [...][rows][depth] of T (int8 or int16), or transposed1; input2: [...][depth][columns],
// or transposed2; the dimensions in front broadcast; output: output_shape(params); all dense. int16
// has no zero points of inputs, and sums of 64 bits, which are rescaled as in the 16x8 scheme
// whatever the rounding. Depths whose sums could exceed 32 bits (int16: 47) are refused, which
// takes more than 33,000 products. A run packs input2 into scratch memory, where Gemm has its
// weights. batch_matmul_params() of quantize/products.hpp makes the parameters. Source:
// BATCH_MATMUL of tflite-micro.
template <class T>
class BatchMatmul : public family::ForBackendTo<BatchMatmul<T>, BatchMatmulOperation, const T,
                                                const T, T, std::byte> {
  static_assert(std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::int16_t>,
                "elements are int8 or int16");

 public:
  using Params = BatchMatmulParams;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return BatchMatmulOperation::validate<T>(p); }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run needs; 0 for
  // parameters that prepare refuses.
  static constexpr std::size_t scratch_bytes(const Params& p,
                                             const Backend& backend = best_backend()) {
    return validate(p).ok() ? Places(p, backend).bytes : 0;
  }
  static constexpr std::size_t max_scratch_bytes(const Params& p) {
    return detail::max_over_backends([&](const Backend& b) { return scratch_bytes(p, b); });
  }

  std::size_t scratch_bytes() const { return places_.bytes; }

 private:
  friend typename BatchMatmul::ForBackendTo;
  friend typename BatchMatmul::Bound;

  // Where scratch memory holds input1, if it is transposed, and input2: in panels for bytes, with
  // its depth innermost for words.
  struct Places {
    std::size_t matrix1 = 0, matrix2 = 0, bytes = 0;

    constexpr Places() = default;
    constexpr Places(const Params& p, const Backend& backend) {
      const GemmParams gemm = detail::one_product(p);
      std::size_t bytes2 = 0;
      if constexpr (sizeof(T) == 1) {
        const Layout& layout = GemmOperation::layout(gemm, backend);
        matrix1 = round_up(GemmOperation::scratch_bytes(gemm, layout));
        bytes2 = GemmOperation::packed_bytes(gemm, layout);
      } else if (!p.transposed2) {
        bytes2 = sizeof(T) * static_cast<std::size_t>(std::int64_t{p.depth()} * p.columns());
      }
      matrix2 = matrix1;
      if (p.transposed1) {
        matrix2 +=
            round_up(sizeof(T) * static_cast<std::size_t>(std::int64_t{p.rows()} * p.depth()));
      }
      bytes = matrix2 + round_up(bytes2);
    }

   private:
    static constexpr std::size_t round_up(std::size_t bytes) {
      return (bytes + kAlignment - 1) / kAlignment * kAlignment;
    }
  };

  void set_up(const Params& params, const Backend& backend) {
    params_ = params;
    places_ = Places(params, backend);
    if constexpr (sizeof(T) == 1) {
      const GemmParams gemm = detail::one_product(params_);
      const std::int64_t reach = std::int64_t{params.depth()} *
                                 check::largest_difference<T>(params.input1.zero_point) *
                                 check::largest_difference<T>(params.input2.zero_point);
      epilogue_ = detail::epilogue_with(GemmOperation::layout(gemm, backend),
                                        detail::epilogue_of({-reach, reach}, gemm.output, 0),
                                        gemm.output.rounding);
      plan_ = GemmOperation::plan<T, T>(gemm, backend, {nullptr, epilogue_, true});
      kernel_ = GemmOperation::kernel<T>(gemm, backend);
    }
  }

  Status check_memory(std::span<const T> input1, std::span<const T> input2, std::span<T> output,
                      std::span<std::byte> scratch) const {
    const std::int64_t size1 = params_.input1.shape.size(), size2 = params_.input2.shape.size();
    const std::int64_t outputs = output_shape(params_).size();
    const check::Used read1(input1.data(), size1), read2(input2.data(), size2);
    const check::Used written(output.data(), outputs), block(scratch.data(), places_.bytes);
    return check::first_refusal(
        {check::buffer("input1", input1, size1), check::buffer("input2", input2, size2),
         check::buffer("output", output, outputs), check::memory("scratch", scratch, places_.bytes),
         check::apart("output", written, {read1, read2}),
         check::apart("scratch", block, {read1, read2, written})});
  }

  void run(const T* input1, const T* input2, T* output, std::byte* scratch) const {
    const std::int64_t rows = params_.rows(), depth = params_.depth(), columns = params_.columns();
    const Shape batch1 = detail::batch_shape(params_.input1.shape);
    const Shape batch2 = detail::batch_shape(params_.input2.shape);
    const Shape batches = broadcast_shape(batch1, batch2);
    const T *last2 = nullptr, *matrix2 = nullptr;
    for (std::int64_t b = 0; b < batches.size(); ++b, output += rows * columns) {
      const T* x1 = input1 + detail::batch_of(batch1, batches, b) * rows * depth;
      const T* const x2 = input2 + detail::batch_of(batch2, batches, b) * depth * columns;
      if (params_.transposed1) {
        x1 = transpose(x1, depth, rows, reinterpret_cast<T*>(scratch + places_.matrix1));
      }
      if (x2 != last2) matrix2 = pack(x2, scratch);
      last2 = x2;
      multiply(x1, matrix2, output, scratch);
    }
  }

  // The columns of a matrix of rows x columns, one after the other.
  static const T* transpose(const T* from, std::int64_t rows, std::int64_t columns, T* to) {
    for (std::int64_t i = 0; i < rows; ++i, from += columns) {
      for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[j];
    }
    return to;
  }

  const T* pack(const T* input2, std::byte* scratch) const {
    std::byte* const packed = scratch + places_.matrix2;
    const std::int64_t depth = params_.depth(), columns = params_.columns();
    if constexpr (sizeof(T) == 1) {
      const GemmParams gemm = detail::one_product(params_);
      const detail::Packing packing{
          detail::quantization_of<T>(params_.input1.zero_point, params_.input2.zero_point),
          gemm.output,
          {},
          epilogue_};
      const auto elements = static_cast<std::size_t>(depth * columns);
      GemmOperation::pack(gemm, GemmOperation::layout(gemm, this->backend()), packing,
                          GemmOperation::weight(gemm, {input2, elements}), packed);
    } else if (params_.transposed2) {
      return input2;
    } else {
      transpose(input2, depth, columns, reinterpret_cast<T*>(packed));
    }
    return reinterpret_cast<const T*>(packed);
  }

  void multiply(const T* x1, const T* matrix2, T* output, std::byte* scratch) const {
    if constexpr (sizeof(T) == 1) {
      GemmTask task = GemmOperation::task(plan_);
      GemmOperation::bind(task, plan_, reinterpret_cast<const std::uint8_t*>(x1), output, scratch);
      task.packed = reinterpret_cast<const std::byte*>(matrix2);
      kernel_(plan_, task);
    } else {
      const std::int64_t depth = params_.depth(), columns = params_.columns();
      for (std::int64_t i = params_.rows(); i > 0; --i, x1 += depth) {
        for (std::int64_t j = 0; j < columns; ++j) {
          const T* const x2 = matrix2 + j * depth;
          std::int64_t sum = 0;
          for (std::int64_t k = 0; k < depth; ++k) sum += std::int32_t{x1[k]} * x2[k];
          *output++ = reference::batch_matmul_output<T>(sum, params_.output);
        }
      }
    }
  }

  Params params_ = {};
  Places places_ = {};
  // Of bytes.
  Epilogue epilogue_ = {};
  GemmPlan plan_ = {};
  typename GemmOperation::template Kernel<std::int8_t> kernel_ = nullptr;
};

}  // namespace octet::inline OCTET_BASELINE

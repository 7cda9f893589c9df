// Times the works of `dlrm bench --peers` as a good C programmer would write them, one request a line.
//
// ttm-forward, ttm-step   rows of a three-core TT-matrix, one id after the other: contiguous inner loops, restrict, constant column modes where
//                         they are small; duplicates and shared prefixes are not exploited
// gemm                    cblas_sgemm of OpenBLAS, loaded when it is there
//
// Protocol: as torch_peer.py. Build: g++ -O3 -march=native -fopenmp-simd plain_ttm.cpp -ldl
// Layout of a core: slab i is R[k] x (J[k] * R[k+1]), row-major, and slabs lie one after the other.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// A flat JSON object of numbers, strings and arrays of whole numbers: what the asking program sends.
class Request {
public:
    explicit Request(const std::string& line) : line_(line) {}

    std::string text(const std::string& key) const {
        size_t start = find(key);
        if (line_[start] != '"') throw std::runtime_error(key + " is no string");
        return line_.substr(start + 1, line_.find('"', start + 1) - start - 1);
    }

    double number(const std::string& key) const { return std::strtod(line_.c_str() + find(key), nullptr); }

    long integer(const std::string& key) const { return static_cast<long>(number(key)); }

    std::vector<long> integers(const std::string& key) const {
        std::vector<long> values;
        const char* at = line_.c_str() + find(key);
        while (*at != ']' && *at != 0) {
            char* end;
            long value = std::strtol(at, &end, 10);
            if (end == at) { at++; continue; }
            values.push_back(value);
            at = end;
        }
        return values;
    }

private:
    size_t find(const std::string& key) const {
        size_t at = line_.find("\"" + key + "\":");
        if (at == std::string::npos) throw std::runtime_error("the request has no " + key);
        return at + key.size() + 3;
    }

    const std::string& line_;
};

template <typename T>
std::vector<T> read(const std::string& path, size_t count) {
    std::vector<T> values(count);
    FILE* file = std::fopen(path.c_str(), "rb");
    if (!file || std::fread(values.data(), sizeof(T), count, file) != count) throw std::runtime_error("can't read " + path);
    std::fclose(file);
    return values;
}

// Numbers that every program can make.
std::vector<float> pattern(size_t count) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; i++) values[i] = static_cast<float>((i * 7919) % 1000) / 1000 - 0.5f;
    return values;
}

class Work {
public:
    virtual ~Work() = default;
    virtual void run(long repetition) = 0;
    virtual double check() = 0;
};

// c (m x n) = a (m x k) * b (k x n)
template <int N>
inline void product(const float* __restrict a, const float* __restrict b, float* __restrict c, int m, int k, int n) {
    if (N > 0) n = N;
    for (int i = 0; i < m; i++) {
        float sums[N > 0 ? N : 1];
        float* __restrict row = N > 0 ? sums : c + static_cast<size_t>(i) * n;
        for (int j = 0; j < n; j++) row[j] = 0;
        for (int r = 0; r < k; r++) {
            float factor = a[static_cast<size_t>(i) * k + r];
            const float* __restrict source = b + static_cast<size_t>(r) * n;
            for (int j = 0; j < n; j++) row[j] += factor * source[j];
        }
        if (N > 0) for (int j = 0; j < n; j++) c[static_cast<size_t>(i) * n + j] = row[j];
    }
}

// db (k x n) += a^T (m x k)^T * dc (m x n);    da (m x k) = dc * b^T, or += when adding
template <int N, bool Adding>
inline void product_gradients(const float* __restrict a, const float* __restrict b, const float* __restrict dc, float* __restrict da, float* __restrict db, int m, int k, int n) {
    if (N > 0) n = N;
    for (int i = 0; i < m; i++) {
        const float* __restrict above = dc + static_cast<size_t>(i) * n;
        for (int r = 0; r < k; r++) {
            float factor = a[static_cast<size_t>(i) * k + r];
            const float* __restrict source = b + static_cast<size_t>(r) * n;
            float* __restrict target = db + static_cast<size_t>(r) * n;
            float sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int j = 0; j < n; j++) {
                target[j] += factor * above[j];
                sum += above[j] * source[j];
            }
            if (Adding) da[static_cast<size_t>(i) * k + r] += sum; else da[static_cast<size_t>(i) * k + r] = sum;
        }
    }
}

class Ttm final : public Work {
public:
    Ttm(const Request& request, bool is_step)
        : rows_(request.integers("rowModes")), columns_(request.integers("columnModes")), ranks_(request.integers("ranks")),
          batches_(request.integer("batches")), batch_(request.integer("batch")), is_step_(is_step),
          rate_(is_step ? static_cast<float>(request.number("learningRate")) : 0) {
        if (rows_.size() != 3) throw std::runtime_error("the plain loops are for three cores");
        ids_ = read<int64_t>(request.text("ids"), static_cast<size_t>(batches_) * batch_);
        size_t total = 0;
        for (int k = 0; k < 3; k++) {
            slab_[k] = static_cast<size_t>(ranks_[k]) * columns_[k] * ranks_[k + 1];
            total += rows_[k] * slab_[k];
        }
        std::vector<float> all = read<float>(request.text("cores"), total);
        size_t start = 0;
        for (int k = 0; k < 3; k++) {
            size_t length = rows_[k] * slab_[k];
            core_[k].assign(all.begin() + start, all.begin() + start + length);
            start += length;
            if (is_step) {
                gradient_[k].assign(length, 0);
                touched_[k].assign(rows_[k], 0);
            }
        }
        dim_ = static_cast<int>(columns_[0] * columns_[1] * columns_[2]);
        middle_ = static_cast<int>(columns_[0] * columns_[1] * ranks_[2]);
        output_.resize(static_cast<size_t>(batch_) * dim_);
        interface_.resize(static_cast<size_t>(is_step ? batch_ : 1) * middle_);
        interface_gradient_.resize(middle_);
        if (is_step) {
            output_gradient_ = pattern(output_.size());
            negative_gradient_ = output_gradient_;
            for (float& value : negative_gradient_) value = -value;
        }
    }

    void run(long repetition) override {
        long batch = repetition % batches_;
        forward(batch);
        if (is_step_) {
            backward(batch, repetition / batches_ % 2 == 0 ? output_gradient_ : negative_gradient_);
            step();
        }
    }

    double check() override {
        forward(0);
        std::vector<float> before = output_;
        if (is_step_) {
            run(0);
            forward(0);
        }
        double sum = 0;
        for (size_t i = 0; i < before.size(); i++)
            sum += is_step_ ? (static_cast<double>(output_[i]) - before[i]) * output_gradient_[i] : static_cast<double>(before[i]) * before[i];
        return is_step_ ? sum / rate_ : sum;
    }

private:
    void digits(int64_t id, int64_t* d) const {
        d[2] = id % rows_[2];
        id /= rows_[2];
        d[1] = id % rows_[1];
        d[0] = id / rows_[1];
    }

    void forward(long batch) {
        const int j0 = static_cast<int>(columns_[0]), j01 = static_cast<int>(columns_[0] * columns_[1]), j2 = static_cast<int>(columns_[2]);
        const int r1 = static_cast<int>(ranks_[1]), r2 = static_cast<int>(ranks_[2]), n1 = static_cast<int>(columns_[1] * ranks_[2]);
        for (long b = 0; b < batch_; b++) {
            int64_t d[3];
            digits(ids_[batch * batch_ + b], d);
            float* interface = interface_.data() + (is_step_ ? static_cast<size_t>(b) * middle_ : 0);
            product<0>(core_[0].data() + d[0] * slab_[0], core_[1].data() + d[1] * slab_[1], interface, j0, r1, n1);
            const float* last = core_[2].data() + d[2] * slab_[2];
            float* row = output_.data() + static_cast<size_t>(b) * dim_;
            if (j2 == 4) product<4>(interface, last, row, j01, r2, j2);
            else if (j2 == 8) product<8>(interface, last, row, j01, r2, j2);
            else product<0>(interface, last, row, j01, r2, j2);
        }
    }

    void backward(long batch, const std::vector<float>& above) {
        const int j0 = static_cast<int>(columns_[0]), j01 = static_cast<int>(columns_[0] * columns_[1]), j2 = static_cast<int>(columns_[2]);
        const int r1 = static_cast<int>(ranks_[1]), r2 = static_cast<int>(ranks_[2]), n1 = static_cast<int>(columns_[1] * ranks_[2]);
        for (long b = 0; b < batch_; b++) {
            int64_t d[3];
            digits(ids_[batch * batch_ + b], d);
            for (int k = 0; k < 3; k++) touched_[k][d[k]] = 1;
            const float* interface = interface_.data() + static_cast<size_t>(b) * middle_;
            const float* row = above.data() + static_cast<size_t>(b) * dim_;
            const float* last = core_[2].data() + d[2] * slab_[2];
            float* last_gradient = gradient_[2].data() + d[2] * slab_[2];
            if (j2 == 4) product_gradients<4, false>(interface, last, row, interface_gradient_.data(), last_gradient, j01, r2, j2);
            else if (j2 == 8) product_gradients<8, false>(interface, last, row, interface_gradient_.data(), last_gradient, j01, r2, j2);
            else product_gradients<0, false>(interface, last, row, interface_gradient_.data(), last_gradient, j01, r2, j2);
            product_gradients<0, true>(core_[0].data() + d[0] * slab_[0], core_[1].data() + d[1] * slab_[1], interface_gradient_.data(),
                                       gradient_[0].data() + d[0] * slab_[0], gradient_[1].data() + d[1] * slab_[1], j0, r1, n1);
        }
    }

    // Stochastic gradient descent on the slabs that the batch touched; clears their gradients for the next batch.
    void step() {
        for (int k = 0; k < 3; k++) {
            for (long i = 0; i < rows_[k]; i++) {
                if (!touched_[k][i]) continue;
                touched_[k][i] = 0;
                float* __restrict value = core_[k].data() + i * slab_[k];
                float* __restrict gradient = gradient_[k].data() + i * slab_[k];
                for (size_t e = 0; e < slab_[k]; e++) {
                    value[e] -= rate_ * gradient[e];
                    gradient[e] = 0;
                }
            }
        }
    }

    std::vector<long> rows_, columns_, ranks_;
    long batches_, batch_;
    bool is_step_;
    float rate_;
    int dim_, middle_;
    size_t slab_[3];
    std::vector<int64_t> ids_;
    std::vector<float> core_[3], gradient_[3], output_, interface_, interface_gradient_, output_gradient_, negative_gradient_;
    std::vector<char> touched_[3];
};

struct OpenBlas {
    using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

    OpenBlas() {
        void* library = dlopen("libopenblas.so.0", RTLD_NOW);
        if (!library) return;
        gemm = reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm"));
        set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
        auto config = reinterpret_cast<char* (*)()>(dlsym(library, "openblas_get_config"));
        if (config) name = config();
    }

    Gemm gemm = nullptr;
    void (*set_threads)(int) = nullptr;
    std::string name;
};

const OpenBlas& blas() {
    static const OpenBlas library;
    return library;
}

class Gemm final : public Work {
public:
    explicit Gemm(const Request& request)
        : m_(static_cast<int>(request.integer("m"))), n_(static_cast<int>(request.integer("n"))), k_(static_cast<int>(request.integer("k"))),
          is_a_transposed_(request.integer("transposeA") != 0), is_b_transposed_(request.integer("transposeB") != 0),
          a_(pattern(static_cast<size_t>(m_) * k_)), b_(pattern(static_cast<size_t>(k_) * n_)), c_(static_cast<size_t>(m_) * n_) {
        if (!blas().gemm) throw std::runtime_error("libopenblas.so.0 is not there");
    }

    void run(long) override {
        const int row_major = 101, plain = 111, transposed = 112;
        blas().gemm(row_major, is_a_transposed_ ? transposed : plain, is_b_transposed_ ? transposed : plain, m_, n_, k_, 1.0f,
                    a_.data(), is_a_transposed_ ? m_ : k_, b_.data(), is_b_transposed_ ? k_ : n_, 0.0f, c_.data(), n_);
    }

    double check() override {
        run(0);
        double sum = 0;
        for (float value : c_) sum += static_cast<double>(value) * value;
        return sum;
    }

private:
    int m_, n_, k_;
    bool is_a_transposed_, is_b_transposed_;
    std::vector<float> a_, b_, c_;
};

std::unique_ptr<Work> make(const Request& request) {
    std::string work = request.text("work");
    if (work == "ttm-forward") return std::make_unique<Ttm>(request, false);
    if (work == "ttm-step") return std::make_unique<Ttm>(request, true);
    if (work == "gemm") return std::make_unique<Gemm>(request);
    throw std::runtime_error("no work is called " + work);
}

struct Open {
    std::unique_ptr<Work> work;
    long repetition = 0;
};

void answer(const Request& request, std::map<std::string, Open>& open) {
    using Clock = std::chrono::steady_clock;
    std::string name = request.text("name");
    if (request.text("work") == "close") {
        open.erase(name);
        std::printf("{}\n");
        return;
    }
    if (blas().set_threads) blas().set_threads(static_cast<int>(request.integer("threads")));
    std::string text = "{";
    char number[64];
    if (!open.count(name)) {
        Open entry{make(request)};
        std::snprintf(number, sizeof number, "\"check\":%.17g,", entry.work->check());
        text += number;
        open[name] = std::move(entry);
    }
    Open& entry = open[name];
    text += "\"milliseconds\":[";
    Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(request.number("seconds")));
    bool is_first = true;
    while (is_first || Clock::now() < end) {
        Clock::time_point start = Clock::now();
        entry.work->run(entry.repetition++);
        std::snprintf(number, sizeof number, "%s%.6f", is_first ? "" : ",", std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        text += number;
        is_first = false;
    }
    std::printf("%s]}\n", text.c_str());
}

}  // namespace

int main() {
    std::printf("{\"version\":\"g++ %d.%d, -O3 -march=native\",\"blas\":\"%s\"}\n", __GNUC__, __GNUC_MINOR__, blas().name.c_str());
    std::fflush(stdout);
    std::map<std::string, Open> open;
    std::string line;
    while (std::getline(std::cin, line)) {
        try {
            answer(Request(line), open);
        } catch (const std::exception& problem) {
            std::printf("{\"error\":\"%s\"}\n", problem.what());
        }
        std::fflush(stdout);
    }
}

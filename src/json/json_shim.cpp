#include "json/json_shim.h"

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>

/* simdjson.h asks <limits.h> for this one; where the include path leads there
 * to this program's own limits.h, the compiler knows it too. */
#ifndef LONG_MAX
#define LONG_MAX __LONG_MAX__
#endif
#include <simdjson.h>

/* simdjson's texts about itself are the only memory here that is not asked for
 * with std::nothrow, and its functions that make them are noexcept: a bad_alloc
 * there would end the process. What small things need is therefore set aside,
 * and nothing in this program throws for want of memory. Weak: an allocator that
 * is linked in statically brings its own. */
namespace
{

constexpr size_t reserve_bytes = 4096;
constexpr size_t reserve_alignment = 16;
alignas(reserve_alignment) char reserve[reserve_bytes];
std::atomic<size_t> reserve_used;

/* From the reserve, for ever; null when it is used up. */
void *take_reserve(size_t size) noexcept
{
    size_t bytes = (size + reserve_alignment - 1) / reserve_alignment * reserve_alignment;
    if (bytes > reserve_bytes)
        return nullptr;
    size_t at = reserve_used.fetch_add(bytes);
    return at <= reserve_bytes - bytes ? reserve + at : nullptr;
}

bool is_reserve(const void *at) noexcept
{
    return std::greater_equal<const void *>()(at, reserve) &&
           std::less<const void *>()(at, reserve + reserve_bytes);
}

} // namespace

[[gnu::weak]] void *operator new(size_t size)
{
    void *at = std::malloc(size);
    if (at == nullptr)
        at = take_reserve(size);
    if (at == nullptr)
        throw std::bad_alloc();
    return at;
}

[[gnu::weak]] void *operator new[](size_t size)
{
    return operator new(size);
}

[[gnu::weak]] void *operator new(size_t size, const std::nothrow_t &) noexcept
{
    return std::malloc(size);
}

[[gnu::weak]] void *operator new[](size_t size, const std::nothrow_t &) noexcept
{
    return std::malloc(size);
}

[[gnu::weak]] void operator delete(void *at) noexcept
{
    if (!is_reserve(at))
        std::free(at);
}

[[gnu::weak]] void operator delete(void *at, size_t) noexcept
{
    operator delete(at);
}

[[gnu::weak]] void operator delete[](void *at) noexcept
{
    operator delete(at);
}

[[gnu::weak]] void operator delete[](void *at, size_t) noexcept
{
    operator delete(at);
}

namespace
{

/* Stage 1 only: the stacks for stage 2 are allocated, but never used. */
constexpr size_t unused_depth = 1;

constexpr size_t capacity_min = size_t(16) * 1024;

const char *name_of(enum cpu cpu) noexcept
{
    switch (cpu) {
    case CPU_AVX512:
        return "icelake";
    case CPU_AVX2:
        return "haswell";
    case CPU_NEON:
        return "arm64";
    case CPU_SCALAR:
    case CPU_COUNT:
        break;
    }
    return "fallback";
}

/* simdjson's icelake wants a little more of the machine (AVX-512 CD, DQ) than
 * CPU_AVX512 promises, so that it is asked as well. */
const simdjson::implementation *implementation_for(enum cpu cpu) noexcept
{
    for (int wanted = cpu; wanted > CPU_SCALAR; wanted--) {
        auto found =
            simdjson::get_available_implementations()[name_of(static_cast<enum cpu>(wanted))];
        if (found != nullptr && found->supported_by_runtime_system())
            return found;
    }
    return simdjson::get_available_implementations()["fallback"];
}

size_t capacity_for(size_t size, size_t bytes_max) noexcept
{
    size_t capacity = capacity_min;
    while (capacity < size)
        capacity *= 2;
    return capacity < bytes_max ? capacity : bytes_max;
}

} // namespace

struct stage1 {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

struct stage1 *stage1_new(enum cpu cpu)
{
    std::unique_ptr<stage1> s(new (std::nothrow) stage1);
    const simdjson::implementation *implementation = implementation_for(cpu);
    if (!s || implementation == nullptr)
        return nullptr;
    if (implementation->create_dom_parser_implementation(0, unused_depth, s->parser))
        return nullptr;
    return s.release();
}

void stage1_free(struct stage1 *s)
{
    delete s;
}

enum stage1_status stage1_run(struct stage1 *s, const char *text, size_t size, size_t bytes_max,
                              struct stage1_tokens *ret)
{
    auto &parser = *s->parser;
    if (size > parser.capacity() && parser.set_capacity(capacity_for(size, bytes_max)))
        return STAGE1_NO_MEMORY;

    /* The scalar variant looks one byte past the end for the rest of a UTF-8
     * sequence. No document ends inside or behind one. */
    if (size == 0 || static_cast<unsigned char>(text[size - 1]) >= 0x80)
        return STAGE1_UNSOUND;

    auto bytes = reinterpret_cast<const uint8_t *>(text);
    if (parser.stage1(bytes, size, simdjson::stage1_mode::regular))
        return STAGE1_UNSOUND;
    ret->positions = parser.structural_indexes.get();
    ret->count = parser.n_structural_indexes;
    return STAGE1_OK;
}

/* SPDX-License-Identifier: MIT */
/* The bounded buffer: its maximum to the byte, its failures, and memory that it may not get. */
#include "exporters/buffer.h"

#include "core/alloc.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>

/* This program's own allocator, in place of the library's: it counts, and it refuses. */
static int blocks, refuse_from = -1, asked;

void *slmi_realloc(void *memory, size_t size)
{
    if (refuse_from >= 0 && asked++ >= refuse_from)
        return NULL;
    blocks += !memory;
    return realloc(memory, size);
}

void slmi_free(void *memory)
{
    blocks -= memory != NULL;
    free(memory);
}

Test(buffer, takes_no_memory_before_the_first_byte)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 100);
    slmi_buffer_add(&buffer, NULL, 0);
    cr_expect(eq(int, blocks, 0));
    cr_expect(eq(sz, buffer.len, 0));
    cr_expect(not(buffer.failed));
    slmi_buffer_free(&buffer);
    slmi_buffer_free(NULL);
}

Test(buffer, holds_its_maximum_and_not_a_byte_more)
{
    static const char bytes[5000];
    for (size_t max = 0; max < sizeof bytes; max += max < 40 ? 1 : 997) {
        slmi_buffer buffer;
        slmi_buffer_init(&buffer, max);
        slmi_buffer_add(&buffer, bytes, max);
        cr_expect(not(buffer.failed), "max %zu", max);
        cr_expect(eq(sz, buffer.len, max));
        slmi_buffer_add(&buffer, bytes, 1);
        cr_expect(buffer.failed, "max %zu", max);
        cr_expect(eq(sz, buffer.len, max), "what had fitted stays");
        slmi_buffer_free(&buffer);
        cr_expect(eq(int, blocks, 0));
    }
}

Test(buffer, a_reservation_may_reach_past_the_maximum_when_its_use_does_not)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 10);
    char *at = slmi_buffer_reserve(&buffer, 10 + SLMI_BUFFER_SLACK);
    cr_assert(at != NULL);
    memset(at, 'x', 10 + SLMI_BUFFER_SLACK);
    slmi_buffer_commit(&buffer, at + 10);
    cr_expect(not(buffer.failed));
    cr_expect(eq(sz, buffer.len, 10));
    cr_expect(slmi_buffer_reserve(&buffer, SLMI_BUFFER_SLACK) != NULL);
    slmi_buffer_commit(&buffer, buffer.data + 11);
    cr_expect(buffer.failed);
    cr_expect(eq(sz, buffer.len, 10));
    slmi_buffer_free(&buffer);
}

Test(buffer, once_failed_it_stays_so_and_takes_nothing)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 4);
    slmi_buffer_add(&buffer, "abc", 3);
    slmi_buffer_add(&buffer, "de", 2);
    cr_assert(buffer.failed);
    slmi_buffer_add(&buffer, "f", 1);
    cr_expect(eq(sz, buffer.len, 3));
    cr_expect(slmi_buffer_reserve(&buffer, 0) == NULL);
    slmi_buffer_commit(&buffer, NULL);
    cr_expect(buffer.failed);

    slmi_buffer_rewind(&buffer, 2);
    slmi_buffer_add(&buffer, "XY", 2);
    cr_expect(not(buffer.failed));
    cr_expect(eq(int, memcmp(buffer.data, "abXY", 4), 0));
    slmi_buffer_free(&buffer);
}

Test(buffer, keeps_its_memory_over_a_rewind)
{
    static const char bytes[10000];
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 20000);
    slmi_buffer_add(&buffer, bytes, sizeof bytes);
    char *data = buffer.data;
    size_t room = buffer.room;
    slmi_buffer_rewind(&buffer, 0);
    slmi_buffer_add(&buffer, bytes, sizeof bytes);
    cr_expect(buffer.data == data);
    cr_expect(eq(sz, buffer.room, room));
    slmi_buffer_free(&buffer);
    cr_expect(eq(int, blocks, 0));
}

Test(buffer, never_holds_more_memory_than_its_maximum_and_the_slack)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 100000);
    while (!buffer.failed) {
        slmi_buffer_add(&buffer, "0123456789abcdef", 16);
        cr_assert(buffer.room <= 100000 + SLMI_BUFFER_SLACK);
    }
    cr_expect(eq(sz, buffer.len, 100000));
    slmi_buffer_free(&buffer);
}

Test(buffer, fails_cleanly_whichever_allocation_is_refused)
{
    for (refuse_from = 0; refuse_from < 12; refuse_from++) {
        slmi_buffer buffer;
        asked = 0;
        slmi_buffer_init(&buffer, 1 << 20);
        size_t written = 0;
        for (; !buffer.failed && written < 1 << 20; written++)
            slmi_buffer_add(&buffer, &(char){ (char)written }, 1);
        if (buffer.failed)
            cr_expect(eq(sz, buffer.len, written - 1));
        for (size_t i = 0; i < buffer.len; i++)
            cr_assert(buffer.data[i] == (char)i);
        slmi_buffer_free(&buffer);
        cr_expect(eq(int, blocks, 0));
    }
}

Test(buffer, sizes_do_not_wrap)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, SIZE_MAX);
    slmi_buffer_add(&buffer, "abc", 3);
    cr_expect(not(buffer.failed));
    refuse_from = 0;
    cr_expect(slmi_buffer_reserve(&buffer, SIZE_MAX) == NULL);
    cr_expect(buffer.failed);
    slmi_buffer_rewind(&buffer, 3);
    cr_expect(slmi_buffer_reserve(&buffer, SIZE_MAX - 2) == NULL);
    cr_expect(eq(int, memcmp(buffer.data, "abc", 3), 0));
    slmi_buffer_free(&buffer);
}

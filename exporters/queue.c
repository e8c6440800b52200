/* SPDX-License-Identifier: MIT */
#include "exporters/queue.h"

#include "core/alloc.h"

slm_status slmi_queue_init(slmi_queue *queue, uint32_t capacity)
{
    if (capacity == 0)
        return SLM_ERR_INVALID_ARGUMENT;
    slmi_parcel *parcels = slmi_alloc((size_t)capacity * sizeof *parcels);
    if (!parcels)
        return SLM_ERR_NO_MEMORY;
    *queue = (slmi_queue){ .parcels = parcels, .capacity = capacity };
    return SLM_OK;
}

void slmi_queue_destroy(slmi_queue *queue)
{
    slmi_free(queue->parcels);
    *queue = (slmi_queue){ .parcels = NULL };
}

/* The ring's place of the `at`th oldest; `at` is at most `capacity`. */
static uint32_t place(const slmi_queue *queue, uint32_t at)
{
    uint32_t to_end = queue->capacity - queue->head;
    return at < to_end ? queue->head + at : at - to_end;
}

bool slmi_queue_push(slmi_queue *queue, slmi_parcel parcel)
{
    if (queue->count == queue->capacity)
        return false;
    queue->parcels[place(queue, queue->count)] = parcel;
    queue->count++;
    queue->taken++;
    return true;
}

slmi_parcel slmi_queue_peek(const slmi_queue *queue, uint32_t at)
{
    return queue->parcels[place(queue, at)];
}

void slmi_queue_replace(slmi_queue *queue, uint32_t at, slmi_parcel parcel)
{
    queue->parcels[place(queue, at)] = parcel;
}

void slmi_queue_pop(slmi_queue *queue, uint32_t count)
{
    queue->head = place(queue, count);
    queue->count -= count;
}

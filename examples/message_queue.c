/* SPDX-License-Identifier: MIT */
/* A message keeps its cause: through a queue inside the process, and through one whose messages are bytes without
 * headers. Who sends is a producer, who takes is a consumer, in the same trace; a batch would link to each of its
 * messages instead (links.c). */
#include <spanloom/job.h>
#include <spanloom/propagation.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <string.h>

enum { TEXT = 32 };

/* -- inside the process: the message holds the context itself ---------------------------------------------------------
 */

struct message {
    slm_context cause;
    const char *yak;
};

static void produce(struct message *message, const char *yak)
{
    SLM_SCOPE_WITH((.kind = SLM_KIND_PRODUCER), "publish wool", ("yak", yak));
    *message = (struct message){ slm_context_capture(), yak };
}

static void consume(struct message *message)
{
    SLM_SCOPE_WITH((.kind = SLM_KIND_CONSUMER, .parent = slm_under_context(&message->cause)), "process wool",
                   ("yak", message->yak));
    slm_context_release(&message->cause);
    SLM_INFO("spun");
}

/* -- as bytes: 25 of them in front ------------------------------------------------------------------------------------
 */

struct packet {
    uint8_t cause[SLM_BINARY_SIZE];
    char yak[TEXT];
};

static void send_packet(struct packet *packet, const char *yak)
{
    slm_span_context own;
    SLM_SCOPE_WITH((.kind = SLM_KIND_PRODUCER), "send wool", ("yak", yak));
    memset(packet, 0, sizeof *packet);
    strncpy(packet->yak, yak, TEXT - 1);
    if (slm_current_context(&own))
        (void)slm_binary_format(&own, packet->cause);
}

static void receive_packet(const struct packet *packet)
{
    slm_span_context remote = { 0 }; /* what is not one makes a root: a sender that does not trace */
    if (slm_binary_parse(packet->cause, sizeof packet->cause, &remote) != SLM_OK)
        memset(&remote, 0, sizeof remote);
    SLM_SCOPE_WITH((.kind = SLM_KIND_CONSUMER, .parent = slm_under_remote(&remote)), "receive wool",
                   ("yak", packet->yak));
    SLM_INFO("woven");
}

int main(void)
{
    struct message message;
    struct packet packet;

    if (slm_init(NULL) != SLM_OK)
        return EXIT_FAILURE;
    {
        SLM_SCOPE("shave", ("yak", "Frieda"));
        produce(&message, "Frieda");
        send_packet(&packet, "Frieda");
    }
    consume(&message); /* both after the sender's spans have ended */
    receive_packet(&packet);
    return slm_shutdown(2000) == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

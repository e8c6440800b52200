/* SPDX-License-Identifier: MIT */
/* Expectations: of calls in their order, and of trees. What was expected and what came is compared when it is asked
 * for, so that a report can show all of both. */
#include <string.h>

#include "core/alloc.h"
#include "core/testing/mock.h"

enum { LINES_MAX = 60 };

static const char *const call_names[] = { "any call", "new", "record", "event", "enter", "exit", "end" };

static void put(slmi_out *out, const char *text)
{
    slmi_out_put(out, slm_string_from_c(text));
}

/* -- calls ----------------------------------------------------------------------------------------------------------
 */

void slm_mock_expect(slm_mock *mock, const slm_mock_expectation *expectation)
{
    pthread_mutex_lock(&mock->mutex);
    bool good = expectation->size >= sizeof *expectation && expectation->call <= SLM_MOCK_END;
    if (!good || mock->expected_count == SLMI_EXPECTATIONS_MAX)
        mock->expected_too_many = true;
    else
        mock->expected[mock->expected_count++] = *expectation;
    pthread_mutex_unlock(&mock->mutex);
}

static bool text_fits(const char *want, slm_string have)
{
    return !want || slmi_pattern_fits(slm_string_from_c(want), have);
}

static bool fields_fit(const slm_mock_expectation *e, const slmi_mock_field *have, slmi_pattern *room)
{
    size_t at;
    if (!e->fields)
        return !e->only || !have;
    return !slmi_pattern_parse_fields(slm_string_from_c(e->fields), room, &at) &&
           slmi_fields_match(room, &room->nodes[0], have, e->only);
}

static void put_scope(slmi_out *out, const slm_mock *mock, const slmi_mock_node *node)
{
    for (uint32_t at = node->parent; at; at = mock->nodes[at].parent) {
        put(out, out->len ? " < " : "");
        slmi_out_put(out, mock->nodes[at].name);
    }
}

static bool ancestors_fit(const slm_mock_expectation *e, const slm_mock *mock, const slmi_mock_node *node)
{
    if (e->ancestry && node->is_explicit != (e->ancestry == SLM_MOCK_EXPLICIT))
        return false;
    if (e->parent && (*e->parent == '\0') != (node->parent == 0))
        return false;
    if (node->parent && !text_fits(e->parent, mock->nodes[node->parent].name))
        return false;
    if (!e->scope)
        return true;
    slmi_out scope = { NULL, 0, 0 };
    put_scope(&scope, mock, node);
    bool fits = text_fits(e->scope, slm_string_from_c(slmi_out_text(&scope)));
    slmi_out_free(&scope);
    return fits;
}

static bool call_fits(const slm_mock_expectation *e, const slm_mock *mock, const slmi_mock_told *told,
                      slmi_pattern *room)
{
    const slmi_mock_node *node = &mock->nodes[told->node];
    return (e->call == SLM_MOCK_ANY || e->call == told->call) && text_fits(e->name, told->name) &&
           text_fits(e->target, node->meta->target) && (!e->level || e->level == node->meta->level) &&
           fields_fit(e, told->told, room) && ancestors_fit(e, mock, node);
}

static void put_expectation(slmi_out *out, const slm_mock_expectation *e)
{
    slmi_out_format(out, "- %s %s", call_names[e->call], e->name ? e->name : "*");
    if (e->fields || e->only)
        slmi_out_format(out, "{%s%s}", e->fields ? e->fields : "", e->only ? "" : ", *");
    if (e->level)
        slmi_out_format(out, " level=%s", slmi_level_name(e->level));
    if (e->target)
        slmi_out_format(out, " target=%s", e->target);
    if (e->ancestry)
        put(out, e->ancestry == SLM_MOCK_EXPLICIT ? " explicit" : " contextual");
    if (e->parent)
        slmi_out_format(out, " parent=%s", *e->parent ? e->parent : "(root)");
    if (e->scope)
        slmi_out_format(out, " scope=%s", *e->scope ? e->scope : "(none)");
    put(out, "\n");
}

static void put_told(slmi_out *out, char mark, const slm_mock *mock, const slmi_mock_told *told)
{
    slmi_mock_node then = mock->nodes[told->node];
    slmi_out scope = { NULL, 0, 0 };
    then.name = told->name;
    then.fields = (slmi_mock_field *)(uintptr_t)told->told;
    slmi_out_format(out, "%c %s ", mark, call_names[told->call]);
    slmi_mock_print_node(out, &then);
    put_scope(&scope, mock, &then);
    slmi_out_format(out, " level=%s target=%.*s %s scope=%s\n", slmi_level_name(then.meta->level),
                    (int)then.meta->target.len, then.meta->target.data, then.is_explicit ? "explicit" : "contextual",
                    scope.len ? scope.data : "(none)");
    slmi_out_free(&scope);
}

static void put_calls(slmi_out *out, const slm_mock *mock, uint32_t good, bool only)
{
    slmi_out_format(out, "spanloom: the mock was not told what was expected, from call %u on:\n", (unsigned)good + 1);
    for (uint32_t i = 0; i < good; i++)
        put_told(out, ' ', mock, &mock->calls[i]);
    for (uint32_t i = good; i < mock->expected_count && i < good + LINES_MAX; i++)
        put_expectation(out, &mock->expected[i]);
    uint32_t end = only || mock->expected_count > mock->call_count ? mock->call_count : mock->expected_count;
    for (uint32_t i = good; i < end && i < good + LINES_MAX; i++)
        put_told(out, '+', mock, &mock->calls[i]);
    if (mock->lost)
        slmi_out_format(out, "and %llu calls found no room\n", (unsigned long long)mock->lost);
    if (mock->expected_too_many)
        put(out, "and an expectation was malformed, or one too many\n");
}

bool slm_mock_finish(slm_mock *mock, bool only)
{
    slmi_pattern *room = slmi_alloc(sizeof *room);
    slmi_out text = { NULL, 0, 0 };
    pthread_mutex_lock(&mock->mutex);
    uint32_t good = 0;
    while (room && good < mock->expected_count && good < mock->call_count &&
           call_fits(&mock->expected[good], mock, &mock->calls[good], room))
        good++;
    bool holds = room && good == mock->expected_count && (!only || good == mock->call_count) && !mock->lost &&
                 !mock->expected_too_many;
    if (!holds)
        put_calls(&text, mock, good, only);
    mock->expected_count = 0;
    mock->expected_too_many = false;
    pthread_mutex_unlock(&mock->mutex);
    slmi_free(room);
    if (!holds)
        slmi_mock_report(mock, &text);
    slmi_out_free(&text);
    return holds;
}

/* -- trees ----------------------------------------------------------------------------------------------------------
 */

static bool compare(slm_mock *mock, const slmi_pattern *pattern, bool only, slmi_out *text)
{
    pthread_mutex_lock(&mock->mutex);
    bool holds = !mock->lost && slmi_tree_matches(mock, pattern, only);
    if (!holds) {
        put(text, only ? "spanloom: not the expected tree (- expected, + there in its place, or not expected):\n"
                       : "spanloom: the expected tree is not there (- expected, + there in its place):\n");
        slmi_tree_print_difference(text, mock, pattern, only);
    }
    if (mock->lost)
        slmi_out_format(text, "and %llu calls found no room\n", (unsigned long long)mock->lost);
    pthread_mutex_unlock(&mock->mutex);
    return holds;
}

static bool expect_tree(slm_mock *mock, const char *tree, bool only)
{
    slmi_out text = { NULL, 0, 0 };
    slmi_pattern *pattern = slmi_alloc(sizeof *pattern);
    size_t at = 0;
    const char *why = "there is no memory";
    bool holds = false;
    if (pattern)
        why = slmi_pattern_parse(slm_string_from_c(tree), pattern, &at);
    if (why)
        slmi_out_format(&text, "spanloom: a mistake in the expected tree: %s\n  %s\n  %*s^\n", why, tree, (int)at, "");
    else
        holds = compare(mock, pattern, only, &text);
    slmi_free(pattern);
    if (!holds)
        slmi_mock_report(mock, &text);
    slmi_out_free(&text);
    return holds;
}

bool slm_expect_tree(slm_mock *mock, const char *tree)
{
    return expect_tree(mock, tree, false);
}

bool slm_expect_only_tree(slm_mock *mock, const char *tree)
{
    return expect_tree(mock, tree, true);
}

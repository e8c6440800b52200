/* SPDX-License-Identifier: MIT */
#include <spanloom/job.h>

void slm_job_bind(slm_job *job, void (*run)(void *argument), void *argument)
{
    job->context = slm_context_capture();
    job->run = run;
    job->argument = argument;
}

void slm_job_run(slm_job *job)
{
    slm_job mine = *job;
    memset(job, 0, sizeof *job);
    if (!mine.run)
        return;
    slm_resumed in = slm_context_resume_once(&mine.context);
    mine.run(mine.argument);
    slm_context_leave(&in);
}

void slm_job_drop(slm_job *job)
{
    if (!job)
        return;
    slm_context_release(&job->context);
    memset(job, 0, sizeof *job);
}

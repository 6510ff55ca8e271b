#include "alfi/inference/rows/proposals.hpp"
#include "alfi/inference/rows/series.hpp"
#include "alfi/inference/rows/steps.hpp"
#include "alfi/kernels/gpu/launch.cuh"

ALFI_LAUNCH_EACH(alfi::MakeStepKeys);
ALFI_LAUNCH_EACH(alfi::DrawProblem);
ALFI_LAUNCH_EACH(alfi::ThetaEntry);
ALFI_LAUNCH_EACH(alfi::CheckRow);
ALFI_LAUNCH_EACH(alfi::ShowEntry);
ALFI_LAUNCH_EACH(alfi::ZoomColumn);
ALFI_LAUNCH_EACH(alfi::DrawStart);
ALFI_LAUNCH_EACH(alfi::SquareError);
ALFI_LAUNCH_EACH(alfi::JudgeStep);
ALFI_LAUNCH_EACH(alfi::kernels::Then<alfi::ThetaEntry, alfi::ProposalEntry>);
#define ALFI_LAUNCH_ALL(T)                                                       \
  ALFI_LAUNCH_EACH(alfi::kernels::Then<alfi::ThetaEntry, alfi::TargetEntry<T>>); \
  ALFI_LAUNCH_EACH(alfi::kernels::Then<alfi::ThetaEntry, alfi::StartEntry<T>>);  \
  ALFI_LAUNCH_EACH(alfi::DescribeProblem<T>);                                    \
  ALFI_LAUNCH_EACH(alfi::DescribeSample<T>);                                     \
  ALFI_LAUNCH_EACH(alfi::DescribeEntries<T>);                                    \
  ALFI_LAUNCH_EACH(alfi::DescribeNoise<T>);                                      \
  ALFI_LAUNCH_EACH(alfi::ZoomEntry<T>);                                          \
  ALFI_LAUNCH_EACH(alfi::RoughnessEntry<T>);                                     \
  ALFI_LAUNCH_EACH(alfi::WeighProposals<T>);                                     \
  ALFI_LAUNCH_EACH(alfi::DrawNoise<T>);                                          \
  ALFI_LAUNCH_EACH(alfi::KeepLoss<T>);                                           \
  ALFI_LAUNCH_EACH(alfi::WeighEffort<T>);                                        \
  ALFI_LAUNCH_EACH(alfi::kernels::Then<alfi::CountFailed, alfi::WeighEffort<T>>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)

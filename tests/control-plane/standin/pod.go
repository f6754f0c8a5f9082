package standin

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// outcomeAnnotation on a Pod (or in a template) chooses how it fares. Without it all goes well:
// the Pod runs and is ready, and where it is not restarted always it ends well.
const outcomeAnnotation = "testkit.trimtab.dev/outcome"

type outcome string

const (
	// well is the ordinary course.
	well outcome = ""
	// pending is never scheduled.
	pending outcome = "pending"
	// noImage is scheduled and waits for an image that cannot be pulled.
	noImage outcome = "image-pull-error"
	// crashes is restarted for ever, in back-off.
	crashes outcome = "crash-loop"
	// unready runs and never becomes ready.
	unready outcome = "unready"
	// failed ends with exit code 1.
	failed outcome = "failed"
	// lingers is never gone once it terminates.
	lingers outcome = "lingers"
)

func outcomeOf(pod *corev1.Pod) outcome {
	return outcome(pod.Annotations[outcomeAnnotation])
}

// nextStatus is the status after the Pod's present stage, and false when it has reached its last.
func nextStatus(pod *corev1.Pod, how outcome, now metav1.Time) (corev1.PodStatus, bool) {
	ends := pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
	switch {
	case pod.Status.Phase == corev1.PodPending && len(pod.Status.ContainerStatuses) > 0:
		return corev1.PodStatus{}, false
	case pod.Status.Phase == corev1.PodPending && how == noImage:
		return pulling(pod, now), true
	case pod.Status.Phase == corev1.PodPending:
		return running(pod, how, now), true
	case pod.Status.Phase == corev1.PodRunning && ends && how != unready && how != crashes:
		return ended(pod, how, now), true
	default:
		return corev1.PodStatus{}, false
	}
}

func pulling(pod *corev1.Pod, now metav1.Time) corev1.PodStatus {
	status := started(pod, now)
	status.Phase = corev1.PodPending
	setContainers(pod, &status, now, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason: "ImagePullBackOff", Message: "Back-off pulling image",
	}})
	return status
}

func running(pod *corev1.Pod, how outcome, now metav1.Time) corev1.PodStatus {
	status := started(pod, now)
	status.Phase = corev1.PodRunning
	status.PodIP = "10.1.0.1"
	status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}
	state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
	if how == crashes {
		state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
			Reason: "CrashLoopBackOff", Message: "back-off restarting failed container",
		}}
	}
	setContainers(pod, &status, now, state)
	if how == unready {
		setReady(&status, now, corev1.ConditionFalse, "ContainersNotReady")
	}
	return status
}

func ended(pod *corev1.Pod, how outcome, now metav1.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	result := corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}
	status.Phase = corev1.PodSucceeded
	reason := "PodCompleted"
	if how == failed {
		result.ExitCode, result.Reason = 1, "Error"
		status.Phase, reason = corev1.PodFailed, "PodFailed"
	}
	setContainers(pod, &status, now, corev1.ContainerState{Terminated: &result})
	setReady(&status, now, corev1.ConditionFalse, reason)
	return status
}

// started is the status of a Pod that its node has taken over.
func started(pod *corev1.Pod, now metav1.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	status.ObservedGeneration = pod.Generation
	status.HostIP = nodeIP
	status.HostIPs = []corev1.HostIP{{IP: nodeIP}}
	status.StartTime = &now
	setCondition(&status, corev1.PodInitialized, corev1.ConditionTrue, "", now)
	status.InitContainerStatuses = nil
	for _, c := range pod.Spec.InitContainers {
		state := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
		if c.RestartPolicy != nil {
			state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, containerStatus(c, state))
	}
	return status
}

// setContainers puts every container into the state and draws the Pod's readiness from it.
func setContainers(pod *corev1.Pod, status *corev1.PodStatus, now metav1.Time, state corev1.ContainerState) {
	status.ContainerStatuses = nil
	for _, c := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(c, state))
	}
	if state.Running != nil {
		setReady(status, now, corev1.ConditionTrue, "")
	} else {
		setReady(status, now, corev1.ConditionFalse, "ContainersNotReady")
	}
}

func setReady(status *corev1.PodStatus, now metav1.Time, ready corev1.ConditionStatus, reason string) {
	setCondition(status, corev1.PodReady, ready, reason, now)
	setCondition(status, corev1.ContainersReady, ready, reason, now)
	for i := range status.ContainerStatuses {
		status.ContainerStatuses[i].Ready = ready == corev1.ConditionTrue
	}
}

func containerStatus(c corev1.Container, state corev1.ContainerState) corev1.ContainerStatus {
	isRunning := state.Running != nil
	status := corev1.ContainerStatus{
		Name: c.Name, Image: c.Image, State: state, Started: &isRunning, Ready: isRunning,
	}
	if state.Waiting == nil {
		status.ImageID = "sha256:" + c.Image
		status.ContainerID = "standin://" + c.Name
	}
	if state.Waiting != nil && state.Waiting.Reason == "CrashLoopBackOff" {
		status.RestartCount = 5
	}
	return status
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, value corev1.ConditionStatus, reason string, now metav1.Time) {
	fresh := corev1.PodCondition{Type: kind, Status: value, Reason: reason, LastTransitionTime: now}
	for i, old := range status.Conditions {
		if old.Type != kind {
			continue
		}
		if old.Status == value {
			fresh.LastTransitionTime = old.LastTransitionTime
		}
		status.Conditions[i] = fresh
		return
	}
	status.Conditions = append(status.Conditions, fresh)
}

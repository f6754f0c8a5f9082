package standin

import (
	"context"
	"errors"
	"flag"
	"os/signal"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

const (
	// stage is how long a Pod takes from scheduled to running, and again from running to finished.
	stage = 200 * time.Millisecond
	// workers is how many Pods move on at once.
	workers = 8
)

// kubelet stands in for the scheduler and for the kubelet of the only node: Pods move through
// their phases with nothing run.
type kubelet struct {
	client kubernetes.Interface
	pods   corelisters.PodLister
	queue  workqueue.TypedRateLimitingInterface[cache.ObjectName]

	// due says when a Pod's present phase ends. Status has only whole seconds, a stage is shorter.
	mu  sync.Mutex
	due map[types.UID]deadline
}

type deadline struct {
	phase corev1.PodPhase
	at    time.Time
}

// nodes runs the stand-in until it is told to stop.
func nodes(args []string) error {
	flags := flag.NewFlagSet("nodes", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "who to be, and where")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	config.UserAgent = "trimtab-nodes"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	go stayReady(ctx, client)
	return newKubelet(client).run(ctx)
}

func newKubelet(client kubernetes.Interface) *kubelet {
	return &kubelet{
		client: client,
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](5*time.Millisecond, 5*time.Second)),
		due: map[types.UID]deadline{},
	}
}

func (k *kubelet) run(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(k.client, 0, informers.WithTransform(slim))
	informer := factory.Core().V1().Pods()
	k.pods = informer.Lister()
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    k.enqueue,
		UpdateFunc: func(_, now any) { k.enqueue(now) },
		DeleteFunc: k.forget,
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return errors.New("stopped before the first list of Pods came")
	}
	for range workers {
		go func() {
			for k.next(ctx) {
			}
		}()
	}
	<-ctx.Done()
	k.queue.ShutDown()
	return nil
}

// slim drops what the cache never needs.
func slim(object any) (any, error) {
	if meta, ok := object.(metav1.Object); ok {
		meta.SetManagedFields(nil)
	}
	return object, nil
}

func (k *kubelet) enqueue(object any) {
	if name, err := cache.ObjectToName(object); err == nil {
		k.queue.Add(name)
	}
}

func (k *kubelet) forget(object any) {
	if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = last.Obj
	}
	if pod, ok := object.(*corev1.Pod); ok {
		k.mu.Lock()
		delete(k.due, pod.UID)
		k.mu.Unlock()
	}
}

func (k *kubelet) next(ctx context.Context) bool {
	name, closed := k.queue.Get()
	if closed {
		return false
	}
	defer k.queue.Done(name)
	pod, err := k.pods.Pods(name.Namespace).Get(name.Name)
	if err == nil {
		err = k.move(ctx, pod)
	}
	// Not found is done. A conflict means that the cache is behind; its next event comes, and the
	// retry covers the case that it already came.
	if err == nil || apierrors.IsNotFound(err) {
		k.queue.Forget(name)
	} else {
		k.queue.AddRateLimited(name)
	}
	return true
}

// move takes a Pod one step on, if its time has come.
func (k *kubelet) move(ctx context.Context, pod *corev1.Pod) error {
	pods := k.client.CoreV1().Pods(pod.Namespace)
	outcome := outcomeOf(pod)
	switch {
	case pod.DeletionTimestamp != nil:
		if outcome == lingers {
			return nil
		}
		return pods.Delete(ctx, pod.Name, metav1.DeleteOptions{
			GracePeriodSeconds: new(int64), Preconditions: metav1.NewUIDPreconditions(string(pod.UID)),
		})
	case len(pod.Spec.SchedulingGates) > 0 || outcome == pending:
		return nil
	case pod.Spec.NodeName == "":
		return pods.Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: nodeName},
		}, metav1.CreateOptions{})
	case pod.Spec.NodeName != nodeName:
		return nil
	}
	status, ok := nextStatus(pod, outcome, metav1.Now())
	if !ok || !k.isDue(pod) {
		return nil
	}
	moved := pod.DeepCopy()
	moved.Status = status
	_, err := pods.UpdateStatus(ctx, moved, metav1.UpdateOptions{})
	return err
}

// isDue reports whether the Pod's stage is over; if not, it comes back when it is.
func (k *kubelet) isDue(pod *corev1.Pod) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.due[pod.UID]
	if !ok || known.phase != pod.Status.Phase {
		known = deadline{phase: pod.Status.Phase, at: time.Now().Add(stage)}
		k.due[pod.UID] = known
	}
	left := time.Until(known.at)
	if left > 0 {
		k.queue.AddAfter(cache.MetaObjectToName(pod), left)
	}
	return left <= 0
}
